using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Security;
using EReferrals.Status.Canary;
using EReferrals.Status.Health;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Status.Page;

/// <summary>The status for people, open to everyone.</summary>
public sealed class GetStatusPageFunction(ServiceStatus status, CanaryWatch canary, TimeProvider clock)
{
    [Function(nameof(GetStatusPageFunction))]
    [Anonymous]
    public async Task<HttpResponseData> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "/")] HttpRequestData request, CancellationToken cancellation)
    {
        var report = await status.GetAsync().WaitAsync(cancellation);
        var page = StatusPage.Render(report, await canary.HistoryAsync().WaitAsync(cancellation), clock.GetUtcNow(), isFile: false);
        var response = await request.AnswerAsync(HttpStatusCode.OK, StatusPage.ContentType, page, cancellation);
        return response.WithHeader("Content-Security-Policy", StatusPage.SecurityPolicy);
    }
}
