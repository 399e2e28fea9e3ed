using EReferrals.Http.Html;
using EReferrals.Http;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.ApiDocs;

/// <summary><c>GET /openapi.json</c>: the description of this API as an OpenAPI document.</summary>
public sealed class GetOpenApiFunction
{
    [Function(nameof(GetOpenApiFunction))]
    [Anonymous]
    public Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "openapi.json")] HttpRequestData request, CancellationToken cancellationToken) =>
        request.RespondAsync(Responses.Json, ApiDocument.Current.Bytes, ApiDocument.Current.Tag, cancellationToken);
}
