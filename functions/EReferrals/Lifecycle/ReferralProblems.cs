using System.Net;
using EReferrals.Http;
using EReferrals.Referrals.Values;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle;

internal static class ReferralProblems
{
    public static Problem Unknown { get; } = Problem.NotFound("There is no referral with this number.");

    public static Problem NoRelationship { get; } = Problem.Forbidden("NO_RELATIONSHIP", "Your organisation has no relationship with this referral.");

    public static Problem Stale { get; } = Problem.Stale("Somebody changed the referral after you read it. Read it again and decide anew.");

    public static Problem StillQueued { get; } = Problem.Conflict(
        "still-queued", "The referral is not processed yet", "The number may have been issued and is not processed yet. Read the referral until it is there.");

    /// <summary>The number is an alias: the same key was accepted twice while the records store was out of reach.</summary>
    public static HttpResponseData Elsewhere(HttpRequestData request, Ubrn first)
    {
        // "/", "v1/", "referrals/" and the number; what follows is asked of the first referral in the same way.
        var tail = string.Concat(request.Url.Segments.Skip(4));
        var response = request.Respond(HttpStatusCode.TemporaryRedirect);
        response.Headers.Add("Location", tail.Length == 0 ? $"/v1/referrals/{first}" : $"/v1/referrals/{first}/{tail}");
        return response;
    }
}
