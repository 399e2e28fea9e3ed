using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle;

/// <summary>Answers with a referral: its own data, and the scan status of each attachment as it is now.</summary>
public sealed class ReferralViews(AttachmentTable attachments, Openings openings, DuplicateCheck duplicates, SafetyNetRules net, TimeProvider clock)
{
    public async Task<HttpResponseData> AnswerAsync(
        HttpRequestData request, HttpStatusCode status, Referral referral, CancellationToken cancellation)
    {
        var reader = request.FunctionContext.Actor();
        var opening = openings.FindAsync(referral, reader, cancellation);
        var others = duplicates.FindAsync(referral, reader, cancellation);
        var now = clock.GetUtcNow();
        var view = ReferralView.Of(referral, await AttachmentsOfAsync(referral, cancellation), now) with
        {
            // Who must act has it on a list.
            Due = WorklistRules.Of(referral, now).Any() ? net.Marked(WorklistEntry.Of(referral), now).Due : null,
            FirstOpened = await opening,
            PossibleDuplicates = await others,
        };
        if (reader.Role is Role.ServiceProviderAdmin or Role.ReferringAdmin) view = view.WithoutClinicalContent();
        var response = await request.AnswerAsync(status, view, LifecycleJson.Default.ReferralView, cancellation);
        return response.WithHeader("ETag", EntityTag.Of(referral.Version));
    }

    private async Task<IReadOnlyList<AttachmentView>> AttachmentsOfAsync(Referral referral, CancellationToken cancellation)
    {
        var current = await attachments.FindManyAsync(referral.Attachments.Select(linked => linked.Id), cancellation);
        return [.. referral.Attachments.Select(linked => AttachmentView.Of(linked, current[linked.Id].Status))];
    }
}
