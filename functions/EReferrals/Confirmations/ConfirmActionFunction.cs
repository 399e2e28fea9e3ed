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
/// <c>POST /v1/operations/confirmations/{id}/confirm</c>: a second operator confirms, and the service carries the action out: 1 audit, 2 mark as
/// confirmed, 3 carry out, 4 mark as done. After a stop at any point, the second operator confirms again, and 3 is repeated, which is harmless.
/// </summary>
public sealed class ConfirmActionFunction(ConfirmationBoard board, IEnumerable<IConfirmableAction> actions, AuditTrail audit, TimeProvider clock)
{
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
        if (asked.State == ConfirmationState.Done) return await RespondAsync(request, asked, cancellationToken);
        if (!asked.IsOpenAt(clock.GetUtcNow())) return await request.RespondAsync(ConfirmationProblems.Closed, cancellationToken);

        var carried = actions.Single(action => action.Kind == asked.Action);
        var entry = context.Audited(AuditedAction.ConfirmationGiven) with { Confirmation = asked.Id };
        await audit.WriteAsync(carried.Describe(entry, asked.Request), cancellationToken);
        var confirmed = await board.ChangeAsync(list => list.Change(asked.Id, one => one.Confirm(context.Actor(), clock.GetUtcNow())), cancellationToken);
        // Two operators confirmed at once, and the other one has already carried the action out.
        if (confirmed.Find(asked.Id) is { State: ConfirmationState.Done } done) return await RespondAsync(request, done, cancellationToken);
        await carried.ApplyAsync(asked.Request, asked.By, context, cancellationToken);
        // Not cancellable: the action is done, and must not be repeated when the caller has disconnected.
        var finished = await board.ChangeAsync(list => list.Change(asked.Id, one => one.Finish()), CancellationToken.None);
        return await RespondAsync(request, finished.Find(asked.Id) ?? asked, cancellationToken);
    }

    private Task<HttpResponseData> RespondAsync(HttpRequestData request, Confirmation one, CancellationToken cancellationToken) => request.RespondAsync(
        HttpStatusCode.OK, ConfirmationView.From(one, clock.GetUtcNow()), ConfirmationsJson.Default.ConfirmationView, cancellationToken);
}
