using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Operations;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Transfers;

/// <summary><c>GET /v1/operations/organisation-transfers</c>: all that were ever ordered, newest first. They are few.</summary>
public sealed class ListTransfersFunction(TransferTable transfers, AuditTrail audit)
{
    [Function(nameof(ListTransfersFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/operations/organisation-transfers")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellation)
    {
        var query = new QueryReader(request);
        if (query.Problem() is { } badQuery) return await request.AnswerAsync(badQuery, cancellation);
        var known = await transfers.RegisterAsync(cancellation);
        var progress = await transfers.AllAsync(cancellation);
        await audit.WriteAsync(context.Audited(AuditedAction.TransfersRead), cancellation);
        var list = new TransferList(
            [.. known.All.Reverse().Where(one => progress.ContainsKey(one.Id)).Select(one => TransferView.Of(one, progress[one.Id], failures: null))]);
        return await request.AnswerAsync(HttpStatusCode.OK, list, OperationsJson.Default.TransferList, cancellation);
    }
}
