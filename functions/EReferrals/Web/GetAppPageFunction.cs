using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Web;

/// <summary><c>GET /app</c> and every address under it that is no file: the clinic's page, which shows the view that the address names.</summary>
public sealed class GetAppPageFunction(PageHeaders headers)
{
    // The page names the files of one version, so a reader must ask whether it is still the current one.
    private const string Revalidate = "no-cache";

    [Function(nameof(GetAppPageFunction))]
    [Anonymous]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "app/{*view}")] HttpRequestData request, CancellationToken cancellationToken) =>
        headers.AddTo(await request.RespondAsync(Site.Page, Revalidate, cancellationToken));
}
