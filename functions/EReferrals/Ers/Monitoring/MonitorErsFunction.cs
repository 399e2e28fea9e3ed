using EReferrals.Security;
using EReferrals.Status.Health;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Monitoring;

/// <summary>The status of the service under the base of this API, for monitors with the key.</summary>
public sealed class MonitorErsFunction(MonitorResponse monitor)
{
    [Function(nameof(MonitorErsFunction))]
    [Anonymous]
    public Task<HttpResponseData> MonitorAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "referrals/FHIR/_status")] HttpRequestData request,
        CancellationToken cancellationToken) => monitor.RespondAsync(request, cancellationToken);
}
