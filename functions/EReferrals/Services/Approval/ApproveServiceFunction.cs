using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Services.Approval;

/// <summary><c>POST /v1/services/{id}/approve</c>: everybody sees the service as it is defined.</summary>
public sealed class ApproveServiceFunction(ServiceDecision decision)
{
    private const int LongestComments = 500;

    [Function(nameof(ApproveServiceFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> ApproveAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/services/{id}/approve")] HttpRequestData request,
        string id,
        CancellationToken cancellationToken)
    {
        var read = await request.ReadJsonAsync(fields => new Approving(fields.Text("comments", LongestComments, lines: true)), cancellationToken);
        return read.TryGet(out var approving, out var problem)
            ? await decision.DecideAsync(request, id, ServiceAction.Approved, approving.Comments, cancellationToken)
            : await request.RespondAsync(problem, cancellationToken);
    }

    private sealed record Approving(string? Comments);
}
