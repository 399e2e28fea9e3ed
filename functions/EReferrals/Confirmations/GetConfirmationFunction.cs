using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Confirmations;

/// <summary><c>GET /v1/operations/confirmations/{id}</c>: one action that needs a second operator, and whether it is done.</summary>
public sealed class GetConfirmationFunction(ConfirmationBoard board, TimeProvider clock)
{
    [Function(nameof(GetConfirmationFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/operations/confirmations/{id}")] HttpRequestData request,
        string id,
        CancellationToken cancellationToken)
    {
        var one = await board.FindAsync(id, cancellationToken);
        return one is null
            ? await request.RespondAsync(ConfirmationProblems.Unknown, cancellationToken)
            : await request.RespondAsync(
                HttpStatusCode.OK, ConfirmationView.From(one, clock.GetUtcNow()), ConfirmationsJson.Default.ConfirmationView, cancellationToken);
    }
}
