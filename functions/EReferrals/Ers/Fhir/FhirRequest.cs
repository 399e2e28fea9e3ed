using EReferrals.Http;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Fhir;

/// <summary>What every request of this API has in common.</summary>
internal static class FhirRequest
{
    /// <summary>
    /// The body and the idempotency key of a request that creates something. Otherwise the problem: 400 for a malformed key, or one of the body.
    /// </summary>
    public static async Task<Result<KeyedBody>> ReadKeyedBodyAsync(HttpRequestData request, CancellationToken cancellationToken)
    {
        if (!IdempotencyKey.From(request).TryGet(out var key, out var badKey)) return badKey;
        return (await ReadBodyAsync(request, cancellationToken)).TryGet(out var body, out var unreadable) ? new KeyedBody(body, key) : unreadable;
    }

    /// <summary>The body as FHIR JSON: 415 for another type, 400 when it is not a JSON object.</summary>
    public static Task<Result<JsonBody>> ReadBodyAsync(HttpRequestData request, CancellationToken cancellationToken) =>
        JsonBody.ReadAsync(request, FhirNodes.MediaType, cancellationToken);
}
