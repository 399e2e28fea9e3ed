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

/// <summary><c>GET /v1/operations/organisation-transfers/{id}</c>: the progress of a transfer, and what it could not move.</summary>
public sealed class GetTransferFunction(TransferTable transfers, ListAudit audit)
{
    private const int MaxFailures = 100;

    [Function(nameof(GetTransferFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/operations/organisation-transfers/{id}")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var successions = await transfers.RegisterAsync(cancellationToken);
        if (successions.All.FirstOrDefault(one => one.Id == id) is not { } succession || await transfers.FindAsync(id, cancellationToken) is not { } stored)
        {
            return await request.RespondAsync(Problem.NotFound("There is no transfer with this id."), cancellationToken);
        }

        var failures = await transfers.FailuresAsync(id, MaxFailures, cancellationToken);
        var named = ListedReferrals.From(failures.Select(failure => failure.Ubrn));
        await audit.WriteAsync(context.Audited(AuditedAction.TransfersRead) with { Transfer = id }, named, cancellationToken);
        var view = TransferView.Create(succession, stored.Transfer, failures);
        return await request.RespondAsync(HttpStatusCode.OK, view, TransferJson.Default.TransferView, cancellationToken);
    }
}
