using EReferrals.Ers.Endpoints;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Reading;

/// <summary>A005: reads a referral.</summary>
public sealed class RetrieveReferralFunction(ReferralReading reading)
{
    [Function(nameof(RetrieveReferralFunction))]
    [Ers("A005")]
    public Task<HttpResponseData> RetrieveAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "referrals/FHIR/STU3/ReferralRequest/{ubrn}")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        reading.ReadAsync(request, ubrn, version: null, cancellationToken);
}
