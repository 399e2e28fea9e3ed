using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Confirmations;

/// <summary><c>GET /v1/operations/confirmations</c>: what waits for a second operator, and what was done, newest first. Contains no patient data.</summary>
public sealed class ListConfirmationsFunction(ConfirmationBoard board, TimeProvider clock)
{
    [Function(nameof(ListConfirmationsFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/operations/confirmations")] HttpRequestData request,
        CancellationToken cancellationToken)
    {
        var (list, now) = (await board.ReadAsync(cancellationToken), clock.GetUtcNow());
        var view = new ConfirmationsView([.. list.All.Reverse().Select(one => ConfirmationView.From(one, now))]);
        return await request.RespondAsync(HttpStatusCode.OK, view, ConfirmationsJson.Default.ConfirmationsView, cancellationToken);
    }
}
