using System.Net;
using System.Text.Json;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
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
/// Step 4 of the flow: <c>GET /v1/worklists/{list}</c>. A list can always be read: live, else its snapshot, else what this instance showed
/// last, with its age.
/// </summary>
public sealed class GetWorklistFunction(
    WorklistVersions versions,
    WorklistPages pages,
    LiveReads live,
    SnapshotCopies copies,
    AuditTrail audit,
    Workload workload,
    ServiceTelemetry telemetry,
    TimeProvider clock)
{
    [Function(nameof(GetWorklistFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ReferringAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/worklists/{list}")] HttpRequestData request,
        string list,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var (worklist, refused) = WorklistAccess.From(list, context.Actor());
        if (refused is not null) return await request.RespondAsync(refused, cancellationToken);
        var (query, badQuery) = WorklistQuery.Read(request, worklist);
        if (query is null) return await request.RespondAsync(badQuery!, cancellationToken);
        // Nearly every poll ends here, without so much as a time limit.
        if (versions.Known(worklist) is { } known && EntityTag.IsNoneMatch(request, query.Shown.TagAt(known.Version)))
        {
            return await RespondAsync(request, worklist, query, new Found(known.Version, known.AsOf, ListSource.Live, Page: null), cancellationToken);
        }

        return await live.TryAsync(worklist.List, limit => ReadLiveAsync(request, worklist, query, limit), cancellationToken) is { } read
            ? await RespondAsync(request, worklist, query, read, cancellationToken)
            : await AnswerFromCopyAsync(request, worklist, query, cancellationToken);
    }

    private async Task<Found> ReadLiveAsync(HttpRequestData request, WorklistName worklist, WorklistQuery query, CancellationToken cancellationToken)
    {
        // A later page must not be older than the first, nor a list than what the reader has of it: polls go to all instances in turn.
        var shown = Math.Max(query.Cursor?.Changes.Version ?? 0, query.Shown.NewestKnown(request));
        var head = await versions.HeadAsync(worklist, shown).WaitAsync(cancellationToken);
        var known = new Found(head.Version, head.AsOf, ListSource.Live, Page: null);
        if (EntityTag.IsNoneMatch(request, query.Shown.TagAt(head.Version))) return known;
        return workload.Refuse(Importance.Reading) is { } busy
            ? known with { Busy = busy }
            : Found.From(await pages.ReadAsync(worklist, query, head, cancellationToken), ListSource.Live);
    }

    private async Task<HttpResponseData> AnswerFromCopyAsync(
        HttpRequestData request, WorklistName worklist, WorklistQuery query, CancellationToken cancellationToken)
    {
        var shown = pages.LastGood(worklist, query);
        var copy = await copies.FindAsync(worklist, cancellationToken);
        // What was shown here after the snapshot was taken must not vanish from the reader's eyes.
        var found = copy is not null && !(shown?.Version > copy.Stored.Version) ? Found.From(WorklistPages.From(copy.Read(), query), copy.Source)
            : shown is not null ? Found.From(shown, ListSource.Memory)
            : null;
        if (found is null) return await request.RespondAsync(StaleList.Nowhere, cancellationToken);
        if (EntityTag.IsNoneMatch(request, query.Shown.TagAt(found.Version))) found = found with { Page = null };
        return await RespondAsync(request, worklist, query, found, cancellationToken);
    }

    private async Task<HttpResponseData> RespondAsync(
        HttpRequestData request, WorklistName worklist, WorklistQuery query, Found found, CancellationToken cancellationToken)
    {
        if (found.Busy is { } busy) return await request.RespondAsync(busy, cancellationToken);
        var response = request.Respond(HttpStatusCode.NotModified);
        if (found.Page is { } page)
        {
            var entry = request.FunctionContext.Audited(AuditedAction.WorklistRead) with { Worklist = worklist.ToString() };
            await audit.WriteAsync(entry, cancellationToken);
            response = await request.RespondAsync(HttpStatusCode.OK, Responses.Json, Render(worklist, query, page, found.Source), cancellationToken);
        }

        telemetry.Polled(found.Page is null ? "304" : found.Source == ListSource.Live ? "200" : Code.From(found.Source).ToLowerInvariant());
        response.WithHeader("ETag", query.Shown.TagAt(found.Version)).WithHeader("Cache-Control", "private, max-age=0, must-revalidate");
        return found.Source == ListSource.Live ? response : response.WithAge(clock.GetUtcNow() - found.AsOf);
    }

    private static byte[] Render(WorklistName worklist, WorklistQuery query, WorklistPage page, ListSource source)
    {
        // Every page of one reading carries the cursor of its first page: what changed meanwhile is then in the feed. A copy that is older than the
        // first page takes the reader back, or what changed between the two would be on no page and not in what he follows.
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
            json.WriteString("next", page.LastSortKey is null ? null : new ListCursor(query.Filter, page.LastSortKey, changes).ToString());
            json.WriteString("changes", changes.ToString());
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <param name="Page">Null when the caller has this version already.</param>
    /// <param name="Busy">The page was not read: there is more important work.</param>
    private sealed record Found(long Version, DateTimeOffset AsOf, ListSource Source, WorklistPage? Page, Problem? Busy = null)
    {
        public static Found From(WorklistPage page, ListSource source) => new(page.Version, page.AsOf, source, page);
    }
}
