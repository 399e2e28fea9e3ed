using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Contingency.PaperReports;

/// <summary>
/// <c>POST /v1/contingency/reconcile</c>: what a hospital did on paper while the service was away. A report with an entry that cannot be read is
/// refused whole; then each entry is applied, found known, or in conflict with what happened meanwhile.
/// </summary>
public sealed class ReconcilePaperFunction(PaperReconciliation reconciliation, AuditTrail audit, CallerClock clock)
{
    private const int MostEntries = 100;

    [Function(nameof(ReconcilePaperFunction))]
    [Requires(Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> ReconcileAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/contingency/reconcile")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await JsonBody.ReadAsync(request, cancellationToken)).TryGet(out var body, out var unreadable))
        {
            return await request.RespondAsync(unreadable, cancellationToken);
        }

        using (body)
        {
            var fields = new JsonFields(body.Root, pointer: "", []);
            var present = clock.Present;
            var entries = fields.Objects("entries", MostEntries).Select(entry => PaperEntry.Read(entry, present)).ToArray();
            fields.RefuseOthers();
            return fields.Errors.Count > 0
                ? await request.RespondAsync(Problem.NotAcceptable(fields.Errors), cancellationToken)
                : await ReconcileAsync(request, context, [.. entries.OfType<PaperEntry>()], cancellationToken);
        }
    }

    private async Task<HttpResponseData> ReconcileAsync(
        HttpRequestData request, FunctionContext context, PaperEntry[] entries, CancellationToken cancellationToken)
    {
        var reconciled = new ReconciledEntry[entries.Length];
        // In the order in which it was done, and answered in the order in which it was reported.
        foreach (var (entry, index) in entries.Select((entry, index) => (entry, index)).OrderBy(pair => pair.entry.Paper.At))
        {
            reconciled[index] = await reconciliation.RecordAsync(entry, context.Actor(), context.CorrelationId(), cancellationToken);
        }

        await Task.WhenAll(reconciled.Select(entry => AuditAsync(context, entry, cancellationToken)));
        var answer = new ReconcileAnswer(
            reconciled.Count(entry => entry.Outcome == ReconcileOutcome.Applied),
            reconciled.Count(entry => entry.Outcome == ReconcileOutcome.AlreadyKnown),
            reconciled.Count(entry => entry.Outcome == ReconcileOutcome.Conflict),
            reconciled);
        return await request.RespondAsync(HttpStatusCode.OK, answer, ContingencyJson.Default.ReconcileAnswer, cancellationToken);
    }

    // What was applied is audited by its event; what was refused, and what is merely told, is not.
    private Task AuditAsync(FunctionContext context, ReconciledEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Outcome == ReconcileOutcome.Applied) return Task.CompletedTask;
        var written = entry.Forbidden is { } code
            ? AuditEntry.Refusal(context, 403, code).By(context.Actor())
            : context.Audited(AuditedAction.ReferralRead);
        return audit.WriteAsync(written with { Ubrn = entry.Ubrn }, cancellationToken);
    }
}
