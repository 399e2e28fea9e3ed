using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Services.Approval;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Services;

/// <summary>
/// <c>GET /v1/services/{id}</c>: one service, open or closed, as it is approved. The organisation that defined it and operators see it as it is defined.
/// </summary>
public sealed class GetServiceFunction(ServiceTable services)
{
    [Function(nameof(GetServiceFunction))]
    [RequiresAnyRole]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/services/{id}")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var stored = Identifiers.IsServiceId(id) ? await services.FindAsync(id, cancellationToken) : null;
        var seesAll = stored?.Entry.MaySeeAll(context.Actor()) == true;
        if (stored is null || (!seesAll && stored.Entry.Shown is null)) return await request.RespondAsync(DirectoryProblems.NoService, cancellationToken);
        var tag = EntityTag.ForVersion(stored.Version);
        if (EntityTag.IsNoneMatch(request, tag)) return request.Respond(HttpStatusCode.NotModified).WithHeader("ETag", tag);
        if (seesAll) return await request.RespondAsync(HttpStatusCode.OK, stored.Current, cancellationToken);
        var response = await request.RespondAsync(HttpStatusCode.OK, stored.Entry.Shown!, DirectoryJson.Default.Service, cancellationToken);
        return response.WithHeader("ETag", tag);
    }
}
