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
/// Approves or rejects what waits in the directory: 1 audit, 2 commit the decision and its version in one transaction. After a stop before 2, nothing
/// has changed. After a stop after 2, the operator sends the request again, and gets the service as decided.
/// </summary>
public sealed class ServiceDecision(ServiceTable services, ServiceDirectory directory, AuditTrail audit, TimeProvider clock)
{
    /// <param name="what">Approved or rejected.</param>
    public async Task<HttpResponseData> DecideAsync(
        HttpRequestData request, string id, ServiceAction what, string? comments, CancellationToken cancellationToken)
    {
        var (context, actor) = (request.FunctionContext, request.FunctionContext.Actor());
        var stored = Identifiers.IsServiceId(id) ? await services.FindAsync(id, cancellationToken) : null;
        if (stored is null) return await request.RespondAsync(DirectoryProblems.NoService, cancellationToken);
        if (!EntityTag.IfMatch(request).TryGet(out var version, out var problem)) return await request.RespondAsync(problem, cancellationToken);
        if (IsRepeat(stored, version, what, actor)) return await request.RespondAsync(HttpStatusCode.OK, stored.Current, cancellationToken);
        if (stored.Version != version) return await request.RespondAsync(DirectoryProblems.Stale, cancellationToken);
        if (stored.Entry.Status != ApprovalStatus.Pending) return await request.RespondAsync(NothingPending, cancellationToken);
        if (stored.Entry.Change?.By.User == actor.User) return await request.RespondAsync(OwnChange(actor), cancellationToken);

        var change = new ServiceChange(what, clock.GetUtcNow(), actor, context.CorrelationId(), comments);
        var decided = what == ServiceAction.Approved ? stored.Entry.Approve(change) : stored.Entry.Reject(change);
        var entry = context.Audited(what == ServiceAction.Approved ? AuditedAction.ServiceApproved : AuditedAction.ServiceRejected);
        await audit.WriteAsync(entry.About(id, stored.Entry, decided.Defined), cancellationToken);
        if (await services.ReplaceAsync(stored, decided, cancellationToken) is not { } after)
        {
            return await request.RespondAsync(DirectoryProblems.Stale, cancellationToken);
        }

        directory.Saw(after.Entry);
        return await request.RespondAsync(HttpStatusCode.OK, after.Current, cancellationToken);
    }

    // The operator's own decision on this version, sent again because its response was lost.
    private static bool IsRepeat(StoredService stored, int version, ServiceAction what, Actor actor) =>
        stored.Version == version + 1 && stored.Entry.Change is { } last && last.What == what && last.By == actor;

    private static Problem NothingPending { get; } = Problem.NotAcceptable(
        new FieldError("", "INVALID_REQUEST_STATE", "Nothing of this service waits for approval."));

    private static Problem OwnChange(Actor actor) => Forbidden.ToRole(actor, "Who made a change may not approve or reject it. Ask another operator.");
}
