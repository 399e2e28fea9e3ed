using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Http.Paging;
using EReferrals.Http.Requests;
using EReferrals.Overload;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Services.Approval;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Services;

/// <summary>
/// <c>GET /v1/services</c>: the open services in the order of their ids, filtered by the query. With <c>status=PENDING</c> those that wait for approval:
/// operators see all of them, others those of their own organisation.
/// </summary>
public sealed class SearchServicesFunction(ServiceDirectory directory, ServiceTable table, LargeAnswers large, CursorKeys cursors)
{
    private const int BatchSize = 50;

    [Function(nameof(SearchServicesFunction))]
    [ReadsQuery]
    [RequiresAnyRole]
    public async Task<HttpResponseData> SearchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/services")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!ServiceQuery.Read(new QueryReader(request), cursors).TryGet(out var query, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        if (large.Refuse(context, query.Limit * LargeAnswers.EntryOfPage) is { } busy) return await request.RespondAsync(busy, cancellationToken);
        if (query.Pending)
        {
            var (pending, nextPending) = await PendingAsync(query, context.Actor(), cancellationToken);
            return await request.RespondAsync(
                HttpStatusCode.OK, new PendingPage(pending, nextPending), DirectoryJson.Default.PendingPage, cancellationToken);
        }

        // A request examines no more services than a page has, also when none of them matches. It then returns the matches so far, with a cursor.
        // One more candidate than is examined shows whether there is a next page.
        var candidates = await directory.CandidatesAsync(query.Provider, query.Specialty, query.After, query.MaxCandidates + 1, cancellationToken);
        var (services, next) = await PageAsync(query, candidates, id => directory.FindAsync(id, cancellationToken));
        return await request.RespondAsync(HttpStatusCode.OK, new ServicesPage(services, next), DirectoryJson.Default.ServicesPage, cancellationToken);
    }

    private async Task<(IReadOnlyList<ServiceView> Found, string? Next)> PendingAsync(ServiceQuery query, Actor reader, CancellationToken cancellationToken)
    {
        var candidates = await table.PendingAsync(query.After, query.MaxCandidates + 1, cancellationToken);
        return await PageAsync(query, candidates, async id =>
            await table.FindAsync(id, cancellationToken) is { Entry: { Status: ApprovalStatus.Pending } entry } && entry.MaySeeAll(reader)
                ? ServiceView.From(entry)
                : null);
    }

    private async Task<(IReadOnlyList<T> Found, string? Next)> PageAsync<T>(
        ServiceQuery query, IReadOnlyList<string> candidates, Func<string, Task<T?>> find) where T : Service
    {
        var found = new List<T>();
        for (var at = 0; at < Math.Min(candidates.Count, query.MaxCandidates); at += BatchSize)
        {
            var batch = candidates.Take(query.MaxCandidates).Skip(at).Take(BatchSize).ToArray();
            var services = await Task.WhenAll(batch.Select(find));
            foreach (var service in services.OfType<T>().Where(query.Matches))
            {
                found.Add(service);
                if (found.Count == query.Limit) return (found, NextAfter(query, service.Id, candidates));
            }
        }

        return (found, candidates.Count > query.MaxCandidates ? query.CursorAfter(candidates[query.MaxCandidates - 1], cursors) : null);
    }

    private string? NextAfter(ServiceQuery query, string id, IReadOnlyList<string> candidates) =>
        candidates[^1] == id ? null : query.CursorAfter(id, cursors);
}
