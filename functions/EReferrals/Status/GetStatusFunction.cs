using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Security;
using EReferrals.Status.Health;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Status;

/// <summary>Returns the status to any caller, always with 200: the status must be available most of all when the service has problems.</summary>
public sealed class GetStatusFunction(ServiceStatus status)
{
    [Function(nameof(GetStatusFunction))]
    [Anonymous]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/status")] HttpRequestData request, CancellationToken cancellationToken)
    {
        var report = await status.GetAsync().WaitAsync(cancellationToken);
        return await request.RespondAsync(HttpStatusCode.OK, report, StatusJson.Default.StatusReport, cancellationToken);
    }
}
