using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals.Retention;
using EReferrals.Storage.Retention;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Retention;

/// <summary>Shows an operator why a referral is kept.</summary>
public sealed class KeptReferralResponse(LegalHolds holds, Settings settings)
{
    internal static Problem Unknown { get; } = Problem.NotFound("There is no referral with this number.");

    internal static Problem Gone { get; } = Problem.Deleted("The referral was deleted.");

    internal static Problem AliasOf(Referrals.Values.Ubrn first) =>
        Problem.Conflict("alias", "The number is an alias", $"This number is an alias of {first}. Use that number.");

    internal async Task<HttpResponseData> RespondAsync(HttpRequestData request, FoundNumber found, CancellationToken cancellationToken)
    {
        switch (found)
        {
            case FoundNumber.Present { Referral: var referral }:
                var hold = await holds.FindAsync(referral.Ubrn, cancellationToken);
                var kept = new KeptReferralView(
                    referral.Ubrn, referral.Version, RetentionRules.HasEnded(referral), RetentionRules.DueAt(referral, settings.Retention), hold,
                    Removed: null, RemovedAt: null, IsFinished: null);
                return await RespondAsync(request, kept, cancellationToken);
            case FoundNumber.Gone { Stone: var stone }:
                var removed = new KeptReferralView(
                    stone.Ubrn, stone.Version, HasEnded: true, DueAt: null, LegalHold: null, stone.Why, stone.At, stone.IsFinished);
                return await RespondAsync(request, removed, cancellationToken);
            case FoundNumber.Alias { First: var first }:
                return await request.RespondAsync(AliasOf(first), cancellationToken);
            default:
                return await request.RespondAsync(Unknown, cancellationToken);
        }
    }

    private static async Task<HttpResponseData> RespondAsync(HttpRequestData request, KeptReferralView view, CancellationToken cancellationToken)
    {
        var response = await request.RespondAsync(HttpStatusCode.OK, view, RetentionJson.Default.KeptReferralView, cancellationToken);
        return response.WithHeader("ETag", EntityTag.ForVersion(view.Version));
    }
}
