using System.Net;
using EReferrals.Http;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle;

internal static class ReferralProblems
{
    public static Problem Unknown { get; } = Problem.NotFound("There is no referral with this number.");

    public static Problem NoRelationship(Actor actor) => Forbidden.WithoutRelationship(actor, "Your organisation has no relationship with this referral.");

    public static Problem Stale { get; } = Problem.Stale(
        "The referral was changed after you read it. Read it again, then decide whether to repeat the command.");

    public static Problem StillQueued { get; } = Problem.Conflict(
        "still-queued",
        "The referral is not processed yet",
        "This number may have been issued, but the referral is not processed yet. Read the referral until it exists, then send the command again.");

    /// <summary>Redirects to the first referral. The number is an alias, because the same key was accepted twice while the key table was unavailable.</summary>
    public static HttpResponseData Elsewhere(HttpRequestData request, Ubrn first)
    {
        // The first four segments are "/", "v1/", "referrals/" and the number; the rest of the path is kept.
        var tail = string.Concat(request.Url.Segments.Skip(4));
        var response = request.Respond(HttpStatusCode.TemporaryRedirect);
        response.Headers.Add("Location", tail.Length == 0 ? $"/v1/referrals/{first}" : $"/v1/referrals/{first}/{tail}");
        return response;
    }
}
