using System.Net;
using EReferrals.Http;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Web;

/// <summary><c>GET /app/config.json</c>: what the clinic's page must know before a user signs in. It contains no secrets.</summary>
public sealed class GetAppConfigFunction(PageHeaders headers, PageConfig config)
{
    [Function(nameof(GetAppConfigFunction))]
    [Anonymous]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "app/config.json")] HttpRequestData request, CancellationToken cancellationToken) =>
        headers.AddTo(await request.RespondAsync(HttpStatusCode.OK, config, WebJson.Default.PageConfig, cancellationToken));
}
