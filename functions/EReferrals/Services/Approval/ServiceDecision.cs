using System.Net;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Services.Approval;

/// <summary>
/// Approves or rejects what waits in the directory, or withdraws what was approved: 1 audit, 2 commit the decision and its version in one transaction. After a
/// stop before 2, nothing has changed. After a stop after 2, the operator sends the request again, and gets the service as decided.
/// </summary>
public sealed class ServiceDecision(ServiceTable services, ServiceDirectory directory, AuditTrail audit, TimeProvider clock)
{
    /// <param name="what">Approved, rejected or withdrawn.</param>
    public async Task<HttpResponseData> DecideAsync(
        HttpRequestData request, string id, ServiceAction what, string? comments, CancellationToken cancellationToken)
    {
        var (context, actor) = (request.FunctionContext, request.FunctionContext.Actor());
        var stored = Identifiers.IsServiceId(id) ? await services.FindAsync(id, cancellationToken) : null;
        if (stored is null) return await request.RespondAsync(DirectoryProblems.NoService, cancellationToken);
        if (!EntityTag.IfMatch(request).TryGet(out var version, out var problem)) return await request.RespondAsync(problem, cancellationToken);
        if (IsRepeat(stored, version, what, actor)) return await request.RespondAsync(HttpStatusCode.OK, stored.Current, cancellationToken);
        if (stored.Version != version) return await request.RespondAsync(DirectoryProblems.Stale, cancellationToken);
        if (WhyNot(stored.Entry, what) is { } refusal) return await request.RespondAsync(refusal, cancellationToken);
        if (what != ServiceAction.Withdrawn && (await DefinersAsync(id, cancellationToken)).Contains(actor.User))
        {
            return await request.RespondAsync(OwnChange(actor), cancellationToken);
        }

        var change = new ServiceChange(what, clock.GetUtcNow(), actor, context.CorrelationId(), comments);
        var (decided, audited) = Decide(stored.Entry, change);
        await audit.WriteAsync(context.Audited(audited).About(id, stored.Entry, decided), cancellationToken);
        if (await services.ReplaceAsync(stored, decided, cancellationToken) is not { } after)
        {
            return await request.RespondAsync(DirectoryProblems.Stale, cancellationToken);
        }

        directory.Saw(after.Entry);
        return await request.RespondAsync(HttpStatusCode.OK, after.Current, cancellationToken);
    }

    private static (DirectoryEntry Decided, AuditedAction Audited) Decide(DirectoryEntry entry, ServiceChange change) => change.What switch
    {
        ServiceAction.Approved => (entry.Approve(change), AuditedAction.ServiceApproved),
        ServiceAction.Rejected => (entry.Reject(change), AuditedAction.ServiceRejected),
        _ => (entry.Withdraw(change), AuditedAction.ServiceWithdrawn),
    };

    private static Problem? WhyNot(DirectoryEntry entry, ServiceAction what) => what switch
    {
        ServiceAction.Withdrawn => entry.Shown is null ? NotShown : null,
        ServiceAction.Approved when entry.Status == ApprovalStatus.Withdrawn => null,
        _ => entry.Status == ApprovalStatus.Pending ? null : NothingPending,
    };

    // Everybody whose changes wait, so that nobody approves a change of his own behind a later one of somebody else. When nothing changed since the last
    // decision, who defined the service last. Empty when that was before its history began.
    private async Task<IReadOnlyList<string>> DefinersAsync(string id, CancellationToken cancellationToken)
    {
        var changes = (await services.HistoryAsync(id, cancellationToken)).Select(version => version.Entry.Change).OfType<ServiceChange>().Reverse().ToList();
        var since = changes.TakeWhile(change => change.What is not (ServiceAction.Approved or ServiceAction.Rejected)).Where(IsDefinition).ToList();
        return [.. (since.Count > 0 ? since : changes.Where(IsDefinition).Take(1)).Select(change => change.By.User)];
    }

    private static bool IsDefinition(ServiceChange change) => change.What is ServiceAction.Created or ServiceAction.Changed;

    // The operator's own decision on this version, sent again because its response was lost.
    private static bool IsRepeat(StoredService stored, int version, ServiceAction what, Actor actor) =>
        stored.Version == version + 1 && stored.Entry.Change is { } last && last.What == what && last.By == actor;

    private static Problem NothingPending { get; } = Problem.NotAcceptable(
        new FieldError("", "INVALID_REQUEST_STATE", "Nothing of this service waits for approval."));

    private static Problem NotShown { get; } = Problem.NotAcceptable(
        new FieldError("", "INVALID_REQUEST_STATE", "Others do not see this service, so there is nothing to withdraw."));

    private static Problem OwnChange(Actor actor) => Forbidden.ToRole(actor, "Who made a change may not approve or reject it. Ask another operator.");
}
