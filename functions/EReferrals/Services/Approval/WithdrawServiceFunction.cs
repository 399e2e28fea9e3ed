using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Services.Approval;

/// <summary>
/// <c>POST /v1/services/{id}/withdraw</c>: takes an approval back. Others no longer find the service, and nobody refers to it. Referrals that it already has
/// go on.
/// </summary>
public sealed class WithdrawServiceFunction(ServiceDecision decision)
{
    [Function(nameof(WithdrawServiceFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> WithdrawAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/services/{id}/withdraw")] HttpRequestData request,
        string id,
        CancellationToken cancellationToken)
    {
        var read = await request.ReadJsonAsync(OperatorReason.Read, cancellationToken);
        return read.TryGet(out var reason, out var problem)
            ? await decision.DecideAsync(request, id, ServiceAction.Withdrawn, reason, cancellationToken)
            : await request.RespondAsync(problem, cancellationToken);
    }
}
