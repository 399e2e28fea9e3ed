using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Status.Health;

/// <summary>Returns the status to the monitors of NHS APIs.</summary>
public sealed class GetErsStatusFunction(MonitorResponse monitor)
{
    [Function(nameof(GetErsStatusFunction))]
    [Anonymous]
    public Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "_status")] HttpRequestData request, CancellationToken cancellationToken) =>
        monitor.RespondAsync(request, cancellationToken);
}
