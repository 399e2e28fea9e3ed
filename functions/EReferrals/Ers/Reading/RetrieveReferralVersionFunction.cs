using EReferrals.Ers.Endpoints;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Reading;

/// <summary>A005 with a version: reads a referral if that version is the current one. e-RS has no older versions.</summary>
public sealed class RetrieveReferralVersionFunction(ReferralReading reading)
{
    [Function(nameof(RetrieveReferralVersionFunction))]
    [Ers("A005")]
    public Task<HttpResponseData> RetrieveAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "referrals/FHIR/STU3/ReferralRequest/{ubrn}/_history/{version}")]
        HttpRequestData request,
        string ubrn,
        string version,
        CancellationToken cancellationToken) =>
        reading.ReadAsync(request, ubrn, version, cancellationToken);
}
