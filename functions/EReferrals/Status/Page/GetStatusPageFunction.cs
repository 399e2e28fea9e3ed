using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http.Html;
using EReferrals.Http;
using EReferrals.Security;
using EReferrals.Status.Canary;
using EReferrals.Status.Health;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Status.Page;

/// <summary><c>GET /</c>: the public status page.</summary>
public sealed class GetStatusPageFunction(ServiceStatus status, CanaryWatch canary, TimeProvider clock)
{
    [Function(nameof(GetStatusPageFunction))]
    [Anonymous]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "/")] HttpRequestData request, CancellationToken cancellationToken)
    {
        var report = await status.GetAsync().WaitAsync(cancellationToken);
        var page = StatusPage.Render(report, await canary.HistoryAsync().WaitAsync(cancellationToken), clock.GetUtcNow(), isFile: false);
        var response = await request.RespondAsync(HttpStatusCode.OK, HtmlPage.ContentType, page, cancellationToken);
        return response.WithHeader("Content-Security-Policy", StatusPage.SecurityPolicy);
    }
}
