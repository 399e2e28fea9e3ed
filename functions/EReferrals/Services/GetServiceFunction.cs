using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Services;

/// <summary>One service, open or closed.</summary>
public sealed class GetServiceFunction(ServiceTable services)
{
    [Function(nameof(GetServiceFunction))]
    [RequiresAnyRole]
    public async Task<HttpResponseData> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/services/{id}")] HttpRequestData request,
        string id,
        CancellationToken cancellation)
    {
        var stored = Identifiers.IsServiceId(id) ? await services.FindAsync(id, cancellation) : null;
        if (stored is null) return await request.AnswerAsync(Problem.NotFound("There is no such service."), cancellation);
        var tag = EntityTag.Of(stored.Version);
        if (EntityTag.IsNoneMatch(request, tag)) return request.Answer(HttpStatusCode.NotModified).WithHeader("ETag", tag);
        var response = await request.AnswerAsync(HttpStatusCode.OK, stored.Service, DirectoryJson.Default.Service, cancellation);
        return response.WithHeader("ETag", tag);
    }
}
