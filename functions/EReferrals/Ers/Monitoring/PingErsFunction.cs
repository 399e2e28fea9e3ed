using EReferrals.Security;
using EReferrals.Status.Health;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Monitoring;

/// <summary>The ping of the service under the base of this API.</summary>
public sealed class PingErsFunction
{
    [Function(nameof(PingErsFunction))]
    [Anonymous]
    public Task<HttpResponseData> PingAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "referrals/FHIR/_ping")] HttpRequestData request) =>
        GetPingFunction.RespondAsync(request);
}
