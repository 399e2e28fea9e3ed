using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Audit.Contents;
using EReferrals.Contingency.Printing;
using EReferrals.Http.Html;
using EReferrals.Http.Requests;
using EReferrals.Http;
using EReferrals.Overload;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Worklists.Reading;

/// <summary><c>GET /v1/worklists/{list}/print</c>: the list for paper and fax. With <c>sheets=true</c> a sheet for each referral follows.</summary>
public sealed class PrintWorklistFunction(
    WholeLists lists, SheetReader reader, ListAudit listAudit, AuditTrail audit, LargeAnswers large, TimeProvider clock)
{
    /// <summary>Each sheet needs a read of its own. For more sheets there is the contingency pack.</summary>
    internal const int MostSheets = 200;

    private const int ReadAtOnce = 8;

    [Function(nameof(PrintWorklistFunction))]
    [ReadsQuery]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ReferringAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> PrintAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/worklists/{list}/print")] HttpRequestData request,
        string list,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var actor = context.Actor();
        if (!WorklistAccess.From(list, actor).TryGet(out var worklist, out var refused)) return await request.RespondAsync(refused, cancellationToken);
        var query = new QueryReader(request);
        var filter = WorklistQuery.FilterIn(query);
        var wantsSheets = query.Text("sheets", text => text is "true" or "false", "true or false") == "true";
        if (query.Problem() is { } badQuery) return await request.RespondAsync(badQuery, cancellationToken);
        if (wantsSheets && actor.Role is Role.ReferringAdmin or Role.ServiceProviderAdmin)
        {
            return await request.RespondAsync(
                Forbidden.ToRole(actor, $"{Code.From(actor.Role)} may read lists but not referrals. Print the list without sheets."), cancellationToken);
        }

        if (!(await lists.ReadAsync(context, worklist, cancellationToken)).TryGet(out var shown, out var noList))
        {
            return await request.RespondAsync(noList, cancellationToken);
        }

        var chosen = shown.List with { Entries = [.. shown.List.Entries.Where(filter.Takes)] };
        if (wantsSheets && chosen.Entries.Count > MostSheets) return await request.RespondAsync(TooManySheets(chosen.Entries.Count), cancellationToken);
        if (large.Refuse(context, wantsSheets ? chosen.Entries.Count * LargeAnswers.Sheet : 0) is { } busy)
        {
            return await request.RespondAsync(busy, cancellationToken);
        }

        if (!(await SheetsAsync(wantsSheets ? chosen.Entries : [], actor, cancellationToken)).TryGet(out var sheets, out var unavailable))
        {
            return await request.RespondAsync(unavailable, cancellationToken);
        }

        var entry = context.Audited(AuditedAction.WorklistPrinted) with
        {
            Worklist = worklist.ToString(), Version = chosen.Version, Filters = filter.Recorded(),
        };
        await listAudit.WriteAsync(entry, ListedReferrals.From(chosen.Entries.Select(one => one.Ubrn)), cancellationToken);
        await Task.WhenAll(sheets.Select(sheet => audit.WriteAsync(
            context.Audited(AuditedAction.ReferralRead) with { Ubrn = sheet.Referral.Ubrn, Version = sheet.Referral.Version }, cancellationToken)));
        var page = PrintedList.ToBytes(chosen, NoteOf(shown), html =>
        {
            foreach (var (referral, statuses) in sheets) ReferralSheet.Write(html, referral, statuses, shown.List.AsOf);
        });
        var response = await request.RespondAsync(HttpStatusCode.OK, HtmlPage.ContentType, page, cancellationToken);
        response.WithHeader("Content-Security-Policy", Sheet.Page.Policy);
        // Sheets can change while the list version does not, for example when an attachment is scanned.
        if (!wantsSheets) response.WithHeader("ETag", WorklistQuery.WholeAs("print", worklist, filter).TagAt(chosen.Version));
        return shown.Source == ListSource.Live ? response : response.WithAge(clock.GetUtcNow() - shown.List.AsOf);
    }

    // A referral that left this organisation after the list was read has no sheet.
    private async Task<Result<SheetContent[]>> SheetsAsync(IReadOnlyList<WorklistEntry> entries, Actor actor, CancellationToken cancellationToken)
    {
        var sheets = new SheetContent?[entries.Count];
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = ReadAtOnce, CancellationToken = cancellationToken };
            await Parallel.ForAsync(
                0, sheets.Length, options, async (index, stop) => sheets[index] = await reader.FindAsync(entries[index].Ubrn, actor, stop));
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            return NoSheets;
        }

        return sheets.OfType<SheetContent>().ToArray();
    }

    private static string? NoteOf(ShownList shown) => shown.Source == ListSource.Live
        ? null
        : "COPY. The service could not read its records when this was printed. "
            + $"The list shows the state at {DisplayText.Format(shown.List.AsOf)} (UK time). Referrals received later are missing.";

    private static Problem TooManySheets(int count) => Problem.NotAcceptable(FieldError.OfParameter(
        "sheets",
        "TOO_MANY_ITEMS",
        $"The list has {count} referrals, and at most {MostSheets} sheets can be printed at once. Filter by service, specialty, priority or clinician, "
        + "or use the contingency pack, which has all sheets."));

    private static Problem NoSheets => Problem.Unavailable(
        "The referrals cannot be read at the moment. Print the list without sheets, or use the sheets in the contingency pack.", TimeSpan.FromSeconds(30));
}
