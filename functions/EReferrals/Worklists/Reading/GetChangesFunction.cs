using System.Diagnostics;
using System.Globalization;
using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Audit.Contents;
using EReferrals.Http;
using EReferrals.Http.Paging;
using EReferrals.Http.Requests;
using EReferrals.Overload;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Storage.Lists;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Worklists.Reading;

/// <summary><c>GET /v1/worklists/{list}/changes</c>: the changes after a cursor. A reader that applies all of them has exactly the list.</summary>
public sealed class GetChangesFunction(
    WorklistVersions versions,
    WorklistReader worklists,
    LiveReads live,
    LargeAnswers large,
    ListAudit audit,
    Workload workload,
    CursorKeys cursors,
    TimeProvider clock)
{
    [Function(nameof(GetChangesFunction))]
    [ReadsQuery]
    [ShedsItself]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ReferringAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/worklists/{list}/changes")] HttpRequestData request,
        string list,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!WorklistAccess.From(list, context.Actor()).TryGet(out var worklist, out var refused))
        {
            return await request.RespondAsync(refused, cancellationToken);
        }

        var query = new QueryReader(request);
        var text = query.Text(
            "since",
            value => ChangesCursor.Parse(value, cursors, worklist) is not null || ChangesCursor.IsOutdated(value, cursors, worklist),
            "the unchanged 'changes' or 'next' of an earlier response for this list",
            required: true);
        var limit = query.Number("limit", 1, WorklistQuery.MaxLimit, WorklistQuery.DefaultLimit);
        if (query.Problem() is { } badQuery) return await request.RespondAsync(badQuery, cancellationToken);
        if (ChangesCursor.Parse(text!, cursors, worklist) is not { } since) return await request.RespondAsync(TooOld(), cancellationToken);
        if (clock.GetUtcNow() - since.At > FeedRetention.Kept) return await request.RespondAsync(TooOld(), cancellationToken);

        var shown = Representation.Create(worklist.ToString(), "changes", text, $"{limit}");
        // The feed has no copies, but the list itself has.
        var read = await live.TryAsync(worklist.List, inTime => ReadAsync(request, worklist, since, limit, shown, inTime), cancellationToken);
        switch (read ?? new FeedRead.Refused(StaleList.NoFeed))
        {
            case FeedRead.Refused(var problem):
                return await request.RespondAsync(problem, cancellationToken);
            case FeedRead.NotModified(var tag):
                return Tagged(request.Respond(HttpStatusCode.NotModified), tag);
            case FeedRead.Changed(var tag, var page):
                if (page.Changes.Count > 0)
                {
                    var through = ChangesCursor.Parse(page.Next, cursors, worklist) ?? since;
                    var entry = context.Audited(AuditedAction.ChangesRead) with
                    {
                        Worklist = worklist.ToString(),
                        Version = through.Version,
                        Range = string.Create(CultureInfo.InvariantCulture, $"{since.Version}:{since.Offset}-{through.Version}:{through.Offset}"),
                    };
                    await audit.WriteAsync(entry, ListedReferrals.From(page.Changes.Select(change => change.Ubrn)), cancellationToken);
                }

                return Tagged(await request.RespondAsync(HttpStatusCode.OK, page, WorklistJson.Default.ChangesResponse, cancellationToken), tag);
            default:
                throw new UnreachableException();
        }
    }

    private static HttpResponseData Tagged(HttpResponseData response, string tag) =>
        response.WithHeader("ETag", tag).WithHeader("Cache-Control", "private, max-age=0, must-revalidate");

    private static Problem TooOld() => Problem.Gone("The change feed no longer has the changes after this cursor. Read the whole list again.");

    private ChangesResponse Nothing(ChangesCursor since, DateTimeOffset asOf) => new([], (since with { At = asOf }).Sign(cursors), More: false);

    private async Task<FeedRead> ReadAsync(
        HttpRequestData request, WorklistName worklist, ChangesCursor since, int limit, Representation shown, CancellationToken cancellationToken)
    {
        var head = await versions.HeadAsync(worklist).WaitAsync(cancellationToken);
        var tag = shown.TagAt(head.Version);
        if (since.Version == head.Version && since.Offset == 0)
        {
            return EntityTag.IsNoneMatch(request, tag) ? new FeedRead.NotModified(tag) : new FeedRead.Changed(tag, Nothing(since, head.AsOf));
        }

        var busy = workload.Refuse(Importance.Reading) ?? large.Refuse(request.FunctionContext, limit * LargeAnswers.EntryOfPage);
        if (busy is not null) return new FeedRead.Refused(busy);
        return await ReadFeedAsync(worklist, since, limit, cancellationToken) is { } page ? new FeedRead.Changed(tag, page) : new FeedRead.Refused(TooOld());
    }

    // Null when the feed does not reach back to the cursor.
    private async Task<ChangesResponse?> ReadFeedAsync(WorklistName worklist, ChangesCursor since, int limit, CancellationToken cancellationToken)
    {
        var asOf = clock.GetUtcNow();
        var batches = await worklists.ChangesAsync(worklist, since.Version, since.Offset + limit + 1, cancellationToken);
        if (batches.Count == 0)
        {
            // The feed has nothing after the cursor. Either the list has not changed, or this instance has cached an old version of its head.
            var head = await worklists.HeadAsync(worklist, cancellationToken);
            if (head.Version == since.Version && since.Offset == 0) return Nothing(since, asOf);
            // The list may have changed between the two reads: then the feed has the changes now.
            batches = await worklists.ChangesAsync(worklist, since.Version, since.Offset + limit + 1, cancellationToken);
        }

        // Versions have no gaps. A gap after the cursor means that old feed rows were deleted.
        return batches is [var first, ..] && first.Version == since.Version + 1 ? Page(cursors, since, limit, batches, asOf) : null;
    }

    internal static ChangesResponse Page(CursorKeys keys, ChangesCursor since, int limit, IReadOnlyList<ChangeBatch> batches, DateTimeOffset asOf)
    {
        var shown = new List<ChangeResponse>();
        var offset = since.Offset;
        foreach (var batch in batches)
        {
            foreach (var change in batch.Changes.Skip(offset))
            {
                if (shown.Count == limit)
                {
                    return new ChangesResponse(shown, (since with { Version = batch.Version - 1, Offset = offset }).Sign(keys), More: true);
                }

                shown.Add(new ChangeResponse(change.Ubrn, change.Version, change.Entry is null ? "REMOVED" : "PUT", change.Entry));
                offset++;
            }

            offset = 0;
        }

        return new ChangesResponse(shown, (since with { Version = batches[^1].Version, Offset = 0, At = asOf }).Sign(keys), More: false);
    }

    private abstract record FeedRead
    {
        public sealed record NotModified(string Tag) : FeedRead;

        public sealed record Changed(string Tag, ChangesResponse Page) : FeedRead;

        public sealed record Refused(Problem Problem) : FeedRead;
    }
}
