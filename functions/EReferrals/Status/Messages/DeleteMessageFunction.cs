using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Status.Messages;

/// <summary>Deletes a status message.</summary>
public sealed class DeleteMessageFunction(MessageBoard board, AuditTrail audit)
{
    [Function(nameof(DeleteMessageFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "v1/operations/messages/{id}")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var shown = await board.ReadAsync(cancellationToken);
        if (!Guid.TryParseExact(id, "D", out var message) || shown.FirstOrDefault(one => one.Id == message) is not { } deleted)
        {
            return await request.RespondAsync(Problem.NotFound("This message does not exist, has expired or was deleted."), cancellationToken);
        }

        await audit.WriteAsync(context.Audited(AuditedAction.MessageChanged) with { Message = message, Before = deleted.Recorded() }, cancellationToken);
        await board.RemoveAsync(message, cancellationToken);
        return request.Respond(HttpStatusCode.NoContent);
    }
}
