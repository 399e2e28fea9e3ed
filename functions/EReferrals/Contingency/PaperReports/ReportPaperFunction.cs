using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Security.Refusals;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Contingency.PaperReports;

/// <summary>
/// <c>POST /v1/contingency/reconcile</c>: accepts a report of what a hospital did on paper during an outage. If an entry cannot be read, the whole report
/// is refused. Otherwise each entry is applied, already known, or in conflict with a later change of the referral.
/// </summary>
public sealed class ReportPaperFunction(PaperRecorder recorder, AuditTrail audit, RefusalLimits refusals, CallerClock clock)
{
    private const int MostEntries = 100;

    [Function(nameof(ReportPaperFunction))]
    [Requires(Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> ReportAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/contingency/reconcile")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await request.ReadJsonAsync(Read, cancellationToken)).TryGet(out var entries, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        var results = new PaperResult[entries.Length];
        // Applied in the order in which it was done; the response keeps the order of the report.
        foreach (var (entry, index) in entries.Select((entry, index) => (entry, index)).OrderBy(pair => pair.entry.Paper.At))
        {
            results[index] = await recorder.RecordAsync(entry, context.Actor(), context.CorrelationId(), cancellationToken);
        }

        var tooMany = await Task.WhenAll(results.Select(result => AuditAsync(context, result, cancellationToken)));
        // A hospital that did something learns what became of it, whatever was refused.
        if (tooMany.FirstOrDefault(problem => problem is not null) is { } limited && results.All(result => result.Version is null))
        {
            return await request.RespondAsync(limited, cancellationToken);
        }

        var response = new PaperReportResponse(
            results.Count(result => result.Outcome == PaperOutcome.Applied),
            results.Count(result => result.Outcome == PaperOutcome.AlreadyKnown),
            results.Count(result => result.Outcome == PaperOutcome.Conflict),
            results);
        return await request.RespondAsync(HttpStatusCode.OK, response, ContingencyJson.Default.PaperReportResponse, cancellationToken);
    }

    private PaperEntry[] Read(JsonFields fields)
    {
        var present = clock.Present;
        // An entry that cannot be read is null, and has added its errors to the fields.
        return [.. fields.Objects("entries", MostEntries).Select(entry => PaperEntry.Read(entry, present)).OfType<PaperEntry>()];
    }

    // The event of an applied entry is its audit record. A refusal, and a referral that the response shows, need an audit entry. Returns the problem of a
    // caller that has been refused too often.
    private async Task<Problem?> AuditAsync(FunctionContext context, PaperResult result, CancellationToken cancellationToken)
    {
        if (result.Outcome == PaperOutcome.Applied) return null;
        if (result.Forbidden is { } code)
        {
            var refusal = AuditEntry.Refusal(context, 403, code).By(context.Actor()) with { Ubrn = result.Ubrn };
            return await refusals.RecordAsync(RefusalLimits.SubjectOf(context.Caller().Subject), refusal, isAudited: true, cancellationToken);
        }

        // Without a version, no referral was shown.
        if (result.Version is not { } version) return null;
        await audit.WriteAsync(context.Audited(AuditedAction.ReferralRead) with { Ubrn = result.Ubrn, Version = version }, cancellationToken);
        return null;
    }
}
