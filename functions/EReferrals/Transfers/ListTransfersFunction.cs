using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Audit.Contents;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Transfers;

/// <summary><c>GET /v1/operations/organisation-transfers</c>: all transfers, newest first. They are few, so there are no pages.</summary>
public sealed class ListTransfersFunction(TransferTable transfers, ListAudit audit)
{
    [Function(nameof(ListTransfersFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/operations/organisation-transfers")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var successions = await transfers.RegisterAsync(cancellationToken);
        var progress = await transfers.AllAsync(cancellationToken);
        await audit.WriteAsync(context.Audited(AuditedAction.TransfersRead), ListedReferrals.None, cancellationToken);
        var views = successions.All.Reverse()
            .Where(succession => progress.ContainsKey(succession.Id))
            .Select(succession => TransferView.Create(succession, progress[succession.Id], failures: null));
        var list = new TransferList([.. views]);
        return await request.RespondAsync(HttpStatusCode.OK, list, TransferJson.Default.TransferList, cancellationToken);
    }
}
