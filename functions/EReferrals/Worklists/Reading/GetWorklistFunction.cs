using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Audit.Contents;
using EReferrals.Http;
using EReferrals.Http.Paging;
using EReferrals.Http.Requests;
using EReferrals.Overload;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Telemetry;
using EReferrals.Worklists.Snapshots;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Worklists.Reading;

/// <summary>
/// <c>GET /v1/worklists/{list}</c>. Returns the list from the tables. When these do not respond, it returns a snapshot, or the last page that this
/// instance showed, with the age of the copy.
/// </summary>
public sealed class GetWorklistFunction(
    WorklistVersions versions,
    WorklistPages pages,
    LiveReads live,
    SnapshotCopies copies,
    ListAudit audit,
    Workload workload,
    LargeAnswers large,
    CursorKeys cursors,
    ServiceTelemetry telemetry,
    TimeProvider clock)
{
    [Function(nameof(GetWorklistFunction))]
    [ReadsQuery]
    [ShedsItself]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ReferringAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/worklists/{list}")] HttpRequestData request,
        string list,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!WorklistAccess.From(list, context.Actor()).TryGet(out var worklist, out var refused))
        {
            return await request.RespondAsync(refused, cancellationToken);
        }

        if (!WorklistQuery.Read(request, worklist, cursors).TryGet(out var query, out var badQuery))
        {
            return await request.RespondAsync(badQuery, cancellationToken);
        }

        var response = await DecideAsync(request, worklist, query, cancellationToken);
        return await RespondAsync(request, worklist, query, response, cancellationToken);
    }

    private async Task<WorklistResponse> DecideAsync(HttpRequestData request, WorklistName worklist, WorklistQuery query, CancellationToken cancellationToken)
    {
        // Nearly every poll ends here, without even a time limit.
        if (versions.Known(worklist) is { } known && CallerHas(known.Version))
        {
            return new WorklistResponse.NotModified(known.Version, known.AsOf, ListSource.Live);
        }

        return await live.TryAsync(worklist.List, limit => ReadLiveAsync(request, worklist, query, limit), cancellationToken)
            ?? await ReadCopyAsync(request, worklist, query, CallerHas, cancellationToken);

        bool CallerHas(long version) => EntityTag.IsNoneMatch(request, query.Shown.TagAt(version));
    }

    private async Task<WorklistResponse> ReadCopyAsync(
        HttpRequestData request, WorklistName worklist, WorklistQuery query, Func<long, bool> callerHas, CancellationToken cancellationToken)
    {
        var copy = await copies.FindAsync(worklist, cancellationToken);
        if (copy is not null && callerHas(copy.Stored.Version)) return WorklistResponse.FromCopies(copy, pages.LastGood(worklist, query), query, callerHas);
        // A page of a copy needs the whole list as objects.
        var bytes = (copy?.Size ?? 0) * LargeAnswers.CopiesOfBytes;
        return (workload.Refuse(Importance.Reading) ?? large.Refuse(request.FunctionContext, bytes)) is { } busy
            ? new WorklistResponse.Unavailable(busy)
            : WorklistResponse.FromCopies(copy, pages.LastGood(worklist, query), query, callerHas);
    }

    private async Task<WorklistResponse> ReadLiveAsync(HttpRequestData request, WorklistName worklist, WorklistQuery query, CancellationToken cancellationToken)
    {
        // Polls reach all instances in turn. A page must not be older than an earlier page, or than the version that the caller already has.
        var shown = Math.Max(query.Cursor?.Changes.Version ?? 0, query.Shown.NewestKnown(request.Header("If-None-Match")));
        var head = await versions.HeadAsync(worklist, shown).WaitAsync(cancellationToken);
        if (EntityTag.IsNoneMatch(request, query.Shown.TagAt(head.Version))) return new WorklistResponse.NotModified(head.Version, head.AsOf, ListSource.Live);
        if (workload.Refuse(Importance.Reading) is { } busy) return new WorklistResponse.Unavailable(busy);
        var bytes = Math.Min(query.Limit, head.Count) * LargeAnswers.EntryOfPage;
        if (large.Refuse(request.FunctionContext, bytes) is { } full) return new WorklistResponse.Unavailable(full);
        return new WorklistResponse.Page(await pages.ReadAsync(worklist, query, head, cancellationToken));
    }

    private async Task<HttpResponseData> RespondAsync(
        HttpRequestData request, WorklistName worklist, WorklistQuery query, WorklistResponse response, CancellationToken cancellationToken)
    {
        switch (response)
        {
            case WorklistResponse.Unavailable(var problem):
                return await request.RespondAsync(problem, cancellationToken);
            case WorklistResponse.NotModified(var version, var asOf, var source):
                telemetry.Polled("304");
                return WithHeaders(request.Respond(HttpStatusCode.NotModified), query.Shown.TagAt(version), source, asOf);
            case WorklistResponse.Page(var page):
                var live = await RespondAsync(request, worklist, query, page, ListSource.Live, cancellationToken);
                telemetry.Polled("200");
                return live;
            case WorklistResponse.Copy(var page, var source):
                var copy = await RespondAsync(request, worklist, query, page, source, cancellationToken);
                telemetry.Polled(StaleList.Word(source));
                return copy;
            default:
                throw new UnreachableException();
        }
    }

    private async Task<HttpResponseData> RespondAsync(
        HttpRequestData request, WorklistName worklist, WorklistQuery query, WorklistPage page, ListSource source, CancellationToken cancellationToken)
    {
        var entry = request.FunctionContext.Audited(AuditedAction.WorklistRead) with
        {
            Worklist = worklist.ToString(),
            Version = page.Version,
            Filters = query.Filter.Recorded(),
            Range = RangeOf(query),
        };
        await audit.WriteAsync(entry, page.Shown, cancellationToken);
        var response = await request.RespondAsync(HttpStatusCode.OK, Responses.Json, Render(worklist, query, page, source), cancellationToken);
        return WithHeaders(response, query.Shown.TagAt(page.Version), source, page.AsOf);
    }

    // Without the UBRN at the end of the sort key.
    private static string RangeOf(WorklistQuery query)
    {
        var limit = query.Limit.ToString(CultureInfo.InvariantCulture);
        return query.Cursor?.AfterSortKey is { Length: > Ubrn.Length } after ? $"{limit} after {after[..^Ubrn.Length]}" : limit;
    }

    private HttpResponseData WithHeaders(HttpResponseData response, string tag, ListSource source, DateTimeOffset asOf)
    {
        response.WithHeader("ETag", tag).WithHeader("Cache-Control", "private, max-age=0, must-revalidate");
        return source == ListSource.Live ? response : response.WithAge(clock.GetUtcNow() - asOf);
    }

    private byte[] Render(WorklistName worklist, WorklistQuery query, WorklistPage page, ListSource source)
    {
        // All pages of one reading carry the change cursor of the first page, so that the feed has every change that was made between pages. When a
        // later page comes from a copy older than the first page, the cursor moves back to that copy: otherwise changes between the two would be lost.
        var changes = query.Cursor?.Changes is { } first && first.Version <= page.Version ? first : new ChangesCursor(worklist, page.Version, 0, page.AsOf);
        using var buffer = new MemoryStream(page.Entries.Length + 512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("list", Code.From(worklist.List));
            json.WriteString("organisation", worklist.Organisation);
            json.WriteNumber("version", page.Version);
            json.WriteString("asOf", InstantConverter.TextOf(page.AsOf));
            json.WriteString("source", StaleList.Word(source));
            json.WritePropertyName("entries");
            json.WriteRawValue(page.Entries, skipInputValidation: true);
            json.WriteString("next", page.LastSortKey is null ? null : new ListCursor(query.Filter, page.LastSortKey, changes).Sign(cursors));
            json.WriteString("changes", changes.Sign(cursors));
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
