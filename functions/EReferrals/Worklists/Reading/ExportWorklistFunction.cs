using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Audit.Contents;
using EReferrals.Contingency.Printing;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Worklists.Reading;

/// <summary><c>GET /v1/worklists/{list}/export.csv</c>.</summary>
public sealed class ExportWorklistFunction(WholeLists lists, ListAudit audit, TimeProvider clock)
{
    [Function(nameof(ExportWorklistFunction))]
    [ReadsQuery]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ReferringAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> ExportAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/worklists/{list}/export.csv")] HttpRequestData request,
        string list,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!WorklistAccess.From(list, context.Actor()).TryGet(out var worklist, out var refused))
        {
            return await request.RespondAsync(refused, cancellationToken);
        }

        var query = new QueryReader(request);
        var filter = WorklistQuery.FilterIn(query);
        if (query.Problem() is { } badQuery) return await request.RespondAsync(badQuery, cancellationToken);
        if (!(await lists.ReadAsync(context, worklist, cancellationToken)).TryGet(out var shown, out var unavailable))
        {
            return await request.RespondAsync(unavailable, cancellationToken);
        }

        var chosen = shown.List with { Entries = [.. shown.List.Entries.Where(filter.Takes)] };
        var entry = context.Audited(AuditedAction.WorklistExported) with
        {
            Worklist = worklist.ToString(), Version = chosen.Version, Filters = filter.Recorded(),
        };
        await audit.WriteAsync(entry, ListedReferrals.From(chosen.Entries.Select(one => one.Ubrn)), cancellationToken);
        var csv = CsvList.ToBytes(chosen);
        var response = await request.RespondAsync(HttpStatusCode.OK, CsvList.ContentType, csv, cancellationToken);
        response
            .WithHeader("ETag", WorklistQuery.WholeAs("csv", worklist, filter).TagAt(shown.List.Version))
            .WithHeader("Content-Disposition", $"attachment; filename=\"{worklist.Organisation}-{Code.From(worklist.List)}.csv\"")
            .AsDownload();
        return shown.Source == ListSource.Live ? response : response.WithAge(clock.GetUtcNow() - shown.List.AsOf);
    }
}
