using System.Net;
using EReferrals.Http;
using EReferrals.Referrals;
using EReferrals.Storage;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle;

/// <summary>Answers with a referral: its own data, and the scan status of each attachment as it is now.</summary>
public sealed class ReferralViews(TimeProvider clock)
{
    public async Task<HttpResponseData> AnswerAsync(
        HttpRequestData request, HttpStatusCode status, Referral referral, CancellationToken cancellation)
    {
        var view = ReferralView.Of(referral, [], clock.GetUtcNow());
        var response = await request.AnswerAsync(status, view, LifecycleJson.Default.ReferralView, cancellation);
        return response.WithHeader("ETag", EntityTag.Of(referral.Version));
    }
}
