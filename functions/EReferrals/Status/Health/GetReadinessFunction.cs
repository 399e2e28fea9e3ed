using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Status.Health;

public sealed class GetReadinessFunction(Dependencies dependencies)
{
    [Function(nameof(GetReadinessFunction))]
    [Anonymous]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health/ready")] HttpRequestData request, CancellationToken cancellationToken)
    {
        var readiness = await dependencies.CheckAsync().WaitAsync(cancellationToken);
        var status = readiness.Ready ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable;
        var response = await request.RespondAsync(status, readiness, StatusJson.Default.Readiness, cancellationToken);
        return readiness.Ready ? response : response.WithHeader("Retry-After", "5");
    }
}
