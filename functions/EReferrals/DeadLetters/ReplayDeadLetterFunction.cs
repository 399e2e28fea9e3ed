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
/// <c>POST /v1/operations/dead-letters/{id}/replay</c>: 1 audit, 2 send, 3 note the replay, so that a repeat gets the same answer, 4 remove. If the process
/// stops before 2, the dead letter is unchanged. If it stops after 2, the dead letter remains although it was sent. A second replay is harmless, because all
/// processing is idempotent.
/// </summary>
public sealed class ReplayDeadLetterFunction(QuarantineTable quarantine, QueueSender sender, AuditTrail audit, TimeProvider clock)
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
        if (letter is null) return await RespondReplayedAsync(request, id, cancellationToken);
        if (await quarantine.BodyAsync(letter.Id, cancellationToken) is not { } body)
        {
            // The row is deleted before the body. If the row is gone too, another operator has just replayed the dead letter.
            return await quarantine.FindAsync(id, cancellationToken) is null
                ? await RespondReplayedAsync(request, id, cancellationToken)
                : await request.RespondAsync(DeadLetterProblems.WithoutBody(letter.Id), cancellationToken);
        }

        await audit.WriteAsync(context.Audited(AuditedAction.DeadLetterReplayed).About(letter).Becomes("sent again", letter), cancellationToken);
        var message = new QueueMessage(body, letter.CorrelationId, letter.Subject, letter.ContentType, letter.Ubrn);
        var messageId = await sender.SendAsync(letter.Queue, message, cancellationToken);
        // Not cancellable: the message is sent, and the dead letter must go even if the caller has disconnected.
        await quarantine.NoteReplayAsync(letter, messageId, clock.GetUtcNow(), CancellationToken.None);
        await quarantine.RemoveAsync(letter.Id, CancellationToken.None);
        return await RespondAsync(request, id, messageId, cancellationToken);
    }

    // The request was sent again after its response was lost, or another operator has just replayed the letter.
    private async Task<HttpResponseData> RespondReplayedAsync(HttpRequestData request, string id, CancellationToken cancellationToken) =>
        DeadLetterIds.Parse(id) is { } parsed && await quarantine.ReplayedAsAsync(parsed, cancellationToken) is { } messageId
            ? await RespondAsync(request, id, messageId, cancellationToken)
            : await request.RespondAsync(DeadLetterProblems.Unknown, cancellationToken);

    private static Task<HttpResponseData> RespondAsync(HttpRequestData request, string id, string messageId, CancellationToken cancellationToken) =>
        request.RespondAsync(HttpStatusCode.OK, new ReplayedLetter(id, messageId), DeadLetterJson.Default.ReplayedLetter, cancellationToken);
}
