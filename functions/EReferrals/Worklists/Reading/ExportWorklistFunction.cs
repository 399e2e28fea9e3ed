using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
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
public sealed class ExportWorklistFunction(WholeLists lists, AuditTrail audit, TimeProvider clock)
{
    [Function(nameof(ExportWorklistFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ReferringAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/worklists/{list}/export.csv")] HttpRequestData request,
        string list,
        FunctionContext context,
        CancellationToken cancellation)
    {
        var (worklist, refused) = WorklistAccess.Of(list, context.Actor());
        if (refused is not null) return await request.AnswerAsync(refused, cancellation);
        var query = new QueryReader(request);
        var filter = WorklistQuery.FilterIn(query);
        if (query.Problem() is { } badQuery) return await request.AnswerAsync(badQuery, cancellation);
        if (await lists.ReadAsync(worklist, cancellation) is not { } shown) return await request.AnswerAsync(StaleList.Nowhere, cancellation);

        await audit.WriteAsync(context.Audited(AuditedAction.WorklistExported) with { Worklist = worklist.ToString() }, cancellation);
        var csv = CsvList.ToBytes(shown.List with { Entries = [.. shown.List.Entries.Where(filter.Takes)] });
        var response = await request.AnswerAsync(HttpStatusCode.OK, CsvList.ContentType, csv, cancellation);
        response
            .WithHeader("ETag", WorklistQuery.ShownAs("csv", worklist, filter).TagAt(shown.List.Version))
            .WithHeader("Content-Disposition", $"attachment; filename=\"{worklist.Organisation}-{Code.Of(worklist.List)}.csv\"");
        return shown.Source == ListSource.Live ? response : response.WithAge(clock.GetUtcNow() - shown.List.AsOf);
    }
}
