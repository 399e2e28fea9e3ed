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

/// <summary>Responds with a referral, with the present scan status of each attachment.</summary>
public sealed class ReferralViews(
    AttachmentTable attachments, FirstViews firstViews, DuplicateCheck duplicates, SafetyNetRules safetyNet, TimeProvider clock)
{
    public async Task<HttpResponseData> RespondAsync(
        HttpRequestData request, HttpStatusCode status, Referral referral, CancellationToken cancellationToken)
    {
        var reader = request.FunctionContext.Actor();
        var firstView = firstViews.FindAsync(referral, reader, cancellationToken);
        var others = duplicates.FindAsync(referral, reader, cancellationToken);
        var now = clock.GetUtcNow();
        var view = ReferralView.From(referral, await AttachmentsOfAsync(referral, cancellationToken), now) with
        {
            // Nothing is due for a referral that is on no worklist.
            Due = WorklistRules.ListsOf(referral, now).Any() ? safetyNet.Marked(WorklistEntry.From(referral), now).Due : null,
            FirstOpened = await firstView,
            PossibleDuplicates = await others,
        };
        if (reader.Role is Role.ServiceProviderAdmin or Role.ReferringAdmin) view = view.WithoutClinicalContent();
        return await WriteAsync(request, status, view, cancellationToken);
    }

    /// <summary>Responds with the last version that a former provider was sent. Nothing is due from it any more.</summary>
    public async Task<HttpResponseData> RespondPastAsync(HttpRequestData request, Referral referral, CancellationToken cancellationToken)
    {
        var view = ReferralView.From(referral, await AttachmentsOfAsync(referral, cancellationToken), clock.GetUtcNow()) with { Past = true };
        return await WriteAsync(request, HttpStatusCode.OK, view, cancellationToken);
    }

    private static async Task<HttpResponseData> WriteAsync(
        HttpRequestData request, HttpStatusCode status, ReferralView view, CancellationToken cancellationToken)
    {
        var response = await request.RespondAsync(status, view, LifecycleJson.Default.ReferralView, cancellationToken);
        return response.WithHeader("ETag", EntityTag.ForVersion(view.Version));
    }

    private async Task<IReadOnlyList<AttachmentView>> AttachmentsOfAsync(Referral referral, CancellationToken cancellationToken)
    {
        var current = await attachments.FindManyAsync(referral.Attachments.Select(linked => linked.Id), cancellationToken);
        return [.. referral.Attachments.Select(linked => AttachmentView.From(linked, current[linked.Id].Status))];
    }
}
