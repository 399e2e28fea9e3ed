using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Overload;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Services.Approval;

/// <summary><c>GET /v1/services/{id}/history</c>: every version of a service, and who made it.</summary>
public sealed class GetServiceHistoryFunction(ServiceTable services, LargeAnswers large)
{
    [Function(nameof(GetServiceHistoryFunction))]
    [RequiresAnyRole]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/services/{id}/history")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var stored = Identifiers.IsServiceId(id) ? await services.FindAsync(id, cancellationToken) : null;
        var bytes = (stored?.Version ?? 0) * LargeAnswers.EntryOfPage;
        if (large.Refuse(context, bytes) is { } busy) return await request.RespondAsync(busy, cancellationToken);
        var history = stored is null ? null : ServiceHistory.For(context.Actor(), stored.Current, await services.HistoryAsync(id, cancellationToken));
        return history is null
            ? await request.RespondAsync(DirectoryProblems.NoService, cancellationToken)
            : await request.RespondAsync(HttpStatusCode.OK, history, DirectoryJson.Default.ServiceHistory, cancellationToken);
    }
}
