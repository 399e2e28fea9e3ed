using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Services.Approval;

/// <summary><c>POST /v1/services/{id}/reject</c>: everybody goes on seeing what was approved before, and the provider reads why.</summary>
public sealed class RejectServiceFunction(ServiceDecision decision)
{
    [Function(nameof(RejectServiceFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> RejectAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/services/{id}/reject")] HttpRequestData request,
        string id,
        CancellationToken cancellationToken)
    {
        var read = await request.ReadJsonAsync(OperatorReason.Read, cancellationToken);
        return read.TryGet(out var reason, out var problem)
            ? await decision.DecideAsync(request, id, ServiceAction.Rejected, reason, cancellationToken)
            : await request.RespondAsync(problem, cancellationToken);
    }
}
