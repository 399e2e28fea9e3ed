using EReferrals.Http;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Fhir;

/// <summary>What every request of this API has in common.</summary>
internal static class FhirRequest
{
    /// <summary>The problem (406, or 400 for an unreadable header) when the caller does not accept FHIR JSON; null when the caller does.</summary>
    public static Problem? WhyNotAcceptable(HttpRequestData request) => Accept.Choose(request.Headers, FhirNodes.MediaType).Problem;

    /// <summary>The body as FHIR JSON: 415 for another type, 400 when it is not a JSON object.</summary>
    public static Task<Result<JsonBody>> ReadBodyAsync(HttpRequestData request, CancellationToken cancellationToken) =>
        JsonBody.ReadAsync(request, FhirNodes.MediaType, cancellationToken);
}
