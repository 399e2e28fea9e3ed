using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Operations;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Transfers;

/// <summary><c>GET /v1/operations/organisation-transfers/{id}</c>: how far one has come, and what it could not move.</summary>
public sealed class GetTransferFunction(TransferTable transfers, AuditTrail audit)
{
    private const int MostFailures = 100;

    [Function(nameof(GetTransferFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/operations/organisation-transfers/{id}")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var known = await transfers.RegisterAsync(cancellationToken);
        if (known.All.FirstOrDefault(one => one.Id == id) is not { } succession || await transfers.FindAsync(id, cancellationToken) is not { } stored)
        {
            return await request.RespondAsync(Problem.NotFound("There is no such transfer."), cancellationToken);
        }

        var failures = await transfers.FailuresAsync(id, MostFailures, cancellationToken);
        await audit.WriteAsync(context.Audited(AuditedAction.TransfersRead) with { Transfer = id }, cancellationToken);
        var view = TransferView.Create(succession, stored.Transfer, failures);
        return await request.RespondAsync(HttpStatusCode.OK, view, OperationsJson.Default.TransferView, cancellationToken);
    }
}
