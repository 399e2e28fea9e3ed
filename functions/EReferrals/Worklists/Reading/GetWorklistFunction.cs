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
    public async Task<HttpResponseData> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/worklists/{list}")] HttpRequestData request,
        string list,
        FunctionContext context,
        CancellationToken cancellation)
    {
        var (worklist, refused) = WorklistAccess.Of(list, context.Actor());
        if (refused is not null) return await request.AnswerAsync(refused, cancellation);
        var (query, badQuery) = WorklistQuery.Read(request, worklist);
        if (query is null) return await request.AnswerAsync(badQuery!, cancellation);
        // Nearly every poll ends here, without so much as a time limit.
        if (versions.Known(worklist) is { } known && EntityTag.IsNoneMatch(request, query.Shown.TagAt(known.Version)))
        {
            return await AnswerAsync(request, worklist, query, new Found(known.Version, known.AsOf, ListSource.Live, Page: null), cancellation);
        }

        return await live.TryAsync(worklist.List, limit => ReadLiveAsync(request, worklist, query, limit), cancellation) is { } read
            ? await AnswerAsync(request, worklist, query, read, cancellation)
            : await AnswerFromCopyAsync(request, worklist, query, cancellation);
    }

    private async Task<Found> ReadLiveAsync(HttpRequestData request, WorklistName worklist, WorklistQuery query, CancellationToken cancellation)
    {
        // A later page must not be older than the first, nor a list than what the reader has of it: polls go to all instances in turn.
        var shown = Math.Max(query.Cursor?.Changes.Version ?? 0, query.Shown.NewestKnown(request));
        var head = await versions.HeadAsync(worklist, shown).WaitAsync(cancellation);
        var known = new Found(head.Version, head.AsOf, ListSource.Live, Page: null);
        if (EntityTag.IsNoneMatch(request, query.Shown.TagAt(head.Version))) return known;
        return workload.Refuse(Importance.Reading) is { } busy
            ? known with { Busy = busy }
            : Found.Of(await pages.ReadAsync(worklist, query, head, cancellation), ListSource.Live);
    }

    private async Task<HttpResponseData> AnswerFromCopyAsync(
        HttpRequestData request, WorklistName worklist, WorklistQuery query, CancellationToken cancellation)
    {
        var shown = pages.LastGood(worklist, query);
        var copy = await copies.FindAsync(worklist, cancellation);
        // What was shown here after the snapshot was taken must not vanish from the reader's eyes.
        var found = copy is not null && !(shown?.Version > copy.Stored.Version) ? Found.Of(WorklistPages.Of(copy.Read(), query), copy.Source)
            : shown is not null ? Found.Of(shown, ListSource.Memory)
            : null;
        if (found is null) return await request.AnswerAsync(StaleList.Nowhere, cancellation);
        if (EntityTag.IsNoneMatch(request, query.Shown.TagAt(found.Version))) found = found with { Page = null };
        return await AnswerAsync(request, worklist, query, found, cancellation);
    }

    private async Task<HttpResponseData> AnswerAsync(
        HttpRequestData request, WorklistName worklist, WorklistQuery query, Found found, CancellationToken cancellation)
    {
        if (found.Busy is { } busy) return await request.AnswerAsync(busy, cancellation);
        var response = request.Answer(HttpStatusCode.NotModified);
        if (found.Page is { } page)
        {
            var entry = request.FunctionContext.Audited(AuditedAction.WorklistRead) with { Worklist = worklist.ToString() };
            await audit.WriteAsync(entry, cancellation);
            response = await request.AnswerAsync(HttpStatusCode.OK, Answers.Json, Render(worklist, query, page, found.Source), cancellation);
        }

        telemetry.Polled(found.Page is null ? "304" : found.Source == ListSource.Live ? "200" : Code.Of(found.Source).ToLowerInvariant());
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
            json.WriteString("list", Code.Of(worklist.List));
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
        public static Found Of(WorklistPage page, ListSource source) => new(page.Version, page.AsOf, source, page);
    }
}
