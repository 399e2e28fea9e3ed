using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Services;

/// <summary><c>GET /v1/services/{id}</c>: one service, open or closed.</summary>
public sealed class GetServiceFunction(ServiceTable services)
{
    [Function(nameof(GetServiceFunction))]
    [RequiresAnyRole]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/services/{id}")] HttpRequestData request,
        string id,
        CancellationToken cancellationToken)
    {
        var stored = Identifiers.IsServiceId(id) ? await services.FindAsync(id, cancellationToken) : null;
        if (stored is null) return await request.RespondAsync(Problem.NotFound("There is no service with this id."), cancellationToken);
        var tag = EntityTag.ForVersion(stored.Version);
        if (EntityTag.IsNoneMatch(request, tag)) return request.Respond(HttpStatusCode.NotModified).WithHeader("ETag", tag);
        var response = await request.RespondAsync(HttpStatusCode.OK, stored.Service, DirectoryJson.Default.Service, cancellationToken);
        return response.WithHeader("ETag", tag);
    }
}
