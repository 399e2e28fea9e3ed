using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Messaging;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.DeadLetters;

/// <summary>
/// <c>POST /v1/operations/dead-letters/{id}/replay</c>: 1 audit, 2 send, 3 remove. If the process stops before 2, the dead letter is unchanged. If it
/// stops after 2, the dead letter remains although it was sent. A second replay is harmless, because all processing is idempotent.
/// </summary>
public sealed class ReplayDeadLetterFunction(QuarantineTable quarantine, QueueSender sender, AuditTrail audit)
{
    [Function(nameof(ReplayDeadLetterFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> ReplayAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operations/dead-letters/{id}/replay")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var letter = await quarantine.FindAsync(id, cancellationToken);
        if (letter is null) return await request.RespondAsync(DeadLetterProblems.Unknown, cancellationToken);
        if (await quarantine.BodyAsync(letter.Id, cancellationToken) is not { } body)
        {
            // The row is deleted before the body. If the row is gone too, another operator has just replayed the dead letter.
            var isThere = await quarantine.FindAsync(id, cancellationToken) is not null;
            return await request.RespondAsync(isThere ? DeadLetterProblems.WithoutBody(letter.Id) : DeadLetterProblems.Unknown, cancellationToken);
        }

        await audit.WriteAsync(context.Audited(AuditedAction.DeadLetterReplayed).About(letter), cancellationToken);
        var message = new QueueMessage(body, letter.CorrelationId, letter.Subject, letter.ContentType, letter.Ubrn);
        var messageId = await sender.SendAsync(letter.Queue, message, cancellationToken);
        // Not cancellable: the message is sent, and the dead letter must go even if the caller has disconnected.
        await quarantine.RemoveAsync(letter.Id, CancellationToken.None);
        var replayed = new ReplayedLetter(id, messageId);
        return await request.RespondAsync(HttpStatusCode.OK, replayed, DeadLetterJson.Default.ReplayedLetter, cancellationToken);
    }
}
