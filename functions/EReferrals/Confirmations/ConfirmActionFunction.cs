using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Confirmations;

/// <summary>
/// <c>POST /v1/operations/confirmations/{id}/confirm</c>: a second operator confirms, and the service carries the action out: 1 take the turn, 2 audit, 3 mark
/// as confirmed, 4 carry out, 5 mark as done. Of requests at the same time one has the turn; the others wait for its end. After a stop at any point, the second
/// operator confirms again, and 4 is repeated, which is harmless.
/// </summary>
public sealed class ConfirmActionFunction(ConfirmationBoard board, IEnumerable<IConfirmableAction> actions, AuditTrail audit, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    [Function(nameof(ConfirmActionFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> ConfirmAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operations/confirmations/{id}/confirm")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var asked = await board.FindAsync(id, cancellationToken);
        if (asked is null) return await request.RespondAsync(ConfirmationProblems.Unknown, cancellationToken);
        if (asked.By.User == context.Actor().User) return await request.RespondAsync(ConfirmationProblems.Own(context.Actor()), cancellationToken);
        var turn = Guid.NewGuid();
        var taken = await TakeTurnAsync(asked.Id, turn, cancellationToken);
        if (taken is { State: ConfirmationState.Done }) return await RespondAsync(request, taken, cancellationToken);
        if (taken?.Turn?.Id != turn) return await request.RespondAsync(ConfirmationProblems.Closed(taken), cancellationToken);

        var carried = actions.Single(action => action.Kind == asked.Action);
        var entry = context.Audited(AuditedAction.ConfirmationGiven) with { Confirmation = asked.Id };
        await audit.WriteAsync(carried.Describe(entry, asked.Request), cancellationToken);
        await board.ChangeAsync(list => list.Change(asked.Id, one => one.Confirm(context.Actor(), clock.GetUtcNow())), cancellationToken);
        await carried.ApplyAsync(asked.Request, asked.By, context, cancellationToken);
        // Not cancellable: the action is done, and must not be repeated when the caller has disconnected.
        var finished = await board.ChangeAsync(list => list.Change(asked.Id, one => one.Finish()), CancellationToken.None);
        return await RespondAsync(request, finished.Find(asked.Id) ?? asked, cancellationToken);
    }

    // Returns the confirmation with this turn, or as it is when it is closed; null when it is gone. A request that waits too long is cancelled.
    private async Task<Confirmation?> TakeTurnAsync(Guid id, Guid turn, CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = clock.GetUtcNow();
            var one = (await board.ChangeAsync(list => list.Change(id, one => one.Take(turn, now)), cancellationToken)).Find(id);
            if (one is null || one.Turn?.Id == turn || !one.IsOpenAt(now)) return one;
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private Task<HttpResponseData> RespondAsync(HttpRequestData request, Confirmation one, CancellationToken cancellationToken) => request.RespondAsync(
        HttpStatusCode.OK, ConfirmationView.From(one, clock.GetUtcNow()), ConfirmationsJson.Default.ConfirmationView, cancellationToken);
}
