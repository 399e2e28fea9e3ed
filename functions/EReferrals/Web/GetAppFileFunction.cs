using EReferrals.Http;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Web;

/// <summary><c>GET /app/files/{version}/{name}</c>: a style sheet or script of the clinic's page.</summary>
public sealed class GetAppFileFunction(PageHeaders headers)
{
    private const string Immutable = "public, max-age=31536000, immutable";

    [Function(nameof(GetAppFileFunction))]
    [Anonymous]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "app/files/{version}/{*name}")] HttpRequestData request,
        string version,
        string name,
        CancellationToken cancellationToken)
    {
        if (Site.Find(version, name) is not { } file)
        {
            return headers.AddTo(await request.RespondAsync(
                Problem.NotFound("This file does not exist, or belongs to another version of the page. Reload the page."), cancellationToken));
        }

        return headers.AddTo(await request.RespondAsync(file, Immutable, cancellationToken));
    }
}
