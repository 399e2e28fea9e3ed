using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Overload;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Storage.Lists;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Worklists.Reading;

/// <summary><c>GET /v1/worklists/{list}/changes</c>: what changed since a cursor. A reader that follows it has exactly the list.</summary>
public sealed class GetChangesFunction(
    WorklistVersions versions, WorklistReader worklists, LiveReads live, AuditTrail audit, Workload workload, TimeProvider clock)
{
    [Function(nameof(GetChangesFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ReferringAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/worklists/{list}/changes")] HttpRequestData request,
        string list,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var (worklist, refused) = WorklistAccess.From(list, context.Actor());
        if (refused is not null) return await request.RespondAsync(refused, cancellationToken);
        var query = new QueryReader(request);
        var text = query.Text("since", value => ChangesCursor.Parse(value, worklist) is not null || ChangesCursor.IsOfOtherFormat(value, worklist), "the 'changes' or 'next' of an earlier answer about this list", required: true);
        var limit = query.Number("limit", 1, WorklistQuery.MaxLimit, WorklistQuery.DefaultLimit);
        if (query.Problem() is { } badQuery) return await request.RespondAsync(badQuery, cancellationToken);
        if (ChangesCursor.Parse(text!, worklist) is not { } since) return await request.RespondAsync(TooOld(), cancellationToken);
        if (clock.GetUtcNow() - since.At > FeedRetention.Kept) return await request.RespondAsync(TooOld(), cancellationToken);

        var shown = Representation.Create(worklist.ToString(), "changes", text, $"{limit}");
        // There is no copy of the feed, and the list itself has copies.
        var read = await live.TryAsync(worklist.List, inTime => ReadAsync(request, worklist, since, limit, shown, inTime), cancellationToken);
        if (read is null) return await request.RespondAsync(StaleList.NoFeed, cancellationToken);
        if (read.Problem is { } problem) return await request.RespondAsync(problem, cancellationToken);
        if (read.Answer is not { } answer) return Tagged(request.Respond(HttpStatusCode.NotModified), read.Tag);
        if (answer.Changes.Count > 0)
        {
            await audit.WriteAsync(context.Audited(AuditedAction.ChangesRead) with { Worklist = worklist.ToString() }, cancellationToken);
        }

        return Tagged(await request.RespondAsync(HttpStatusCode.OK, answer, WorklistJson.Default.ChangesAnswer, cancellationToken), read.Tag);
    }

    private static HttpResponseData Tagged(HttpResponseData response, string tag) =>
        response.WithHeader("ETag", tag).WithHeader("Cache-Control", "private, max-age=0, must-revalidate");

    private static Problem TooOld() => Problem.Gone("The feed does not reach back to this cursor. Read the whole list again.");

    private static ChangesAnswer Nothing(ChangesCursor since, DateTimeOffset asOf) => new([], (since with { At = asOf }).ToString(), More: false);

    private async Task<Read> ReadAsync(
        HttpRequestData request, WorklistName worklist, ChangesCursor since, int limit, Representation shown, CancellationToken cancellationToken)
    {
        var head = await versions.HeadAsync(worklist).WaitAsync(cancellationToken);
        var tag = shown.TagAt(head.Version);
        if (since.Version == head.Version && since.Offset == 0)
        {
            return new Read(tag, EntityTag.IsNoneMatch(request, tag) ? null : Nothing(since, head.AsOf));
        }

        if (workload.Refuse(Importance.Reading) is { } busy) return new Read(tag, Answer: null, busy);
        var answer = await ReadFeedAsync(worklist, since, limit, cancellationToken);
        return new Read(tag, answer, answer is null ? TooOld() : null);
    }

    // Null when the feed does not reach back to the cursor.
    private async Task<ChangesAnswer?> ReadFeedAsync(WorklistName worklist, ChangesCursor since, int limit, CancellationToken cancellationToken)
    {
        var asOf = clock.GetUtcNow();
        var batches = await worklists.ChangesAsync(worklist, since.Version, since.Offset + limit + 1, cancellationToken);
        if (batches.Count == 0)
        {
            // Nothing behind the cursor: right if the list is no further, or this instance's idea of its version was old.
            var head = await worklists.HeadAsync(worklist, cancellationToken);
            if (head.Version == since.Version && since.Offset == 0) return Nothing(since, asOf);
            // The list may have moved on between the two readings, and then the feed has by now what it had not.
            batches = await worklists.ChangesAsync(worklist, since.Version, since.Offset + limit + 1, cancellationToken);
        }

        // Versions have no gaps, so that a gap means that the feed was cut.
        return batches is [var first, ..] && first.Version == since.Version + 1 ? Page(since, limit, batches, asOf) : null;
    }

    internal static ChangesAnswer Page(ChangesCursor since, int limit, IReadOnlyList<ChangeBatch> batches, DateTimeOffset asOf)
    {
        var shown = new List<ChangeAnswer>();
        var offset = since.Offset;
        foreach (var batch in batches)
        {
            foreach (var change in batch.Changes.Skip(offset))
            {
                if (shown.Count == limit) return new ChangesAnswer(shown, (since with { Version = batch.Version - 1, Offset = offset }).ToString(), More: true);
                shown.Add(new ChangeAnswer(change.Ubrn, change.Version, change.Entry is null ? "REMOVED" : "PUT", change.Entry));
                offset++;
            }

            offset = 0;
        }

        return new ChangesAnswer(shown, (since with { Version = batches[^1].Version, Offset = 0, At = asOf }).ToString(), More: false);
    }

    /// <param name="Answer">Null when the caller knows that nothing is new, or when there is a problem.</param>
    private sealed record Read(string Tag, ChangesAnswer? Answer, Problem? Problem = null);
}
