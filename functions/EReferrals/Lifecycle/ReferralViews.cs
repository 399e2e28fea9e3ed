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
public sealed class ReferralViews(AttachmentTable attachments, FirstViews openings, DuplicateCheck duplicates, SafetyNetRules net, TimeProvider clock)
{
    public async Task<HttpResponseData> RespondAsync(
        HttpRequestData request, HttpStatusCode status, Referral referral, CancellationToken cancellationToken)
    {
        var reader = request.FunctionContext.Actor();
        var opening = openings.FindAsync(referral, reader, cancellationToken);
        var others = duplicates.FindAsync(referral, reader, cancellationToken);
        var now = clock.GetUtcNow();
        var view = ReferralView.From(referral, await AttachmentsOfAsync(referral, cancellationToken), now) with
        {
            // Who must act has it on a list.
            Due = WorklistRules.ListsOf(referral, now).Any() ? net.Marked(WorklistEntry.From(referral), now).Due : null,
            FirstOpened = await opening,
            PossibleDuplicates = await others,
        };
        if (reader.Role is Role.ServiceProviderAdmin or Role.ReferringAdmin) view = view.WithoutClinicalContent();
        var response = await request.RespondAsync(status, view, LifecycleJson.Default.ReferralView, cancellationToken);
        return response.WithHeader("ETag", EntityTag.ForVersion(referral.Version));
    }

    private async Task<IReadOnlyList<AttachmentView>> AttachmentsOfAsync(Referral referral, CancellationToken cancellationToken)
    {
        var current = await attachments.FindManyAsync(referral.Attachments.Select(linked => linked.Id), cancellationToken);
        return [.. referral.Attachments.Select(linked => AttachmentView.From(linked, current[linked.Id].Status))];
    }
}
