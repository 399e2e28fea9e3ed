using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Http.Paging;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Services;

/// <summary><c>GET /v1/services</c>: the open services in the order of their ids, filtered by the query.</summary>
public sealed class SearchServicesFunction(ServiceDirectory directory, CursorKeys cursors)
{
    private const int BatchSize = 50;

    [Function(nameof(SearchServicesFunction))]
    [ReadsQuery]
    [RequiresAnyRole]
    public async Task<HttpResponseData> SearchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/services")] HttpRequestData request, CancellationToken cancellationToken)
    {
        if (!ServiceQuery.Read(new QueryReader(request), cursors).TryGet(out var query, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        var page = await PageAsync(query, cancellationToken);
        return await request.RespondAsync(HttpStatusCode.OK, page, DirectoryJson.Default.ServicesPage, cancellationToken);
    }

    private async Task<ServicesPage> PageAsync(ServiceQuery query, CancellationToken cancellationToken)
    {
        // A request examines no more services than a page has, also when none of them matches. It then returns the matches so far, with a cursor.
        // One more candidate than is examined shows whether there is a next page.
        var candidates = await directory.CandidatesAsync(query.Provider, query.Specialty, query.After, query.MaxCandidates + 1, cancellationToken);
        var found = new List<Service>();
        for (var at = 0; at < Math.Min(candidates.Count, query.MaxCandidates); at += BatchSize)
        {
            var batch = candidates.Take(query.MaxCandidates).Skip(at).Take(BatchSize).ToArray();
            var services = await Task.WhenAll(batch.Select(id => directory.FindAsync(id, cancellationToken)));
            foreach (var service in services.OfType<Service>().Where(query.Matches))
            {
                found.Add(service);
                if (found.Count == query.Limit) return new ServicesPage(found, NextAfter(query, service.Id, candidates));
            }
        }

        return new ServicesPage(found, candidates.Count > query.MaxCandidates ? query.CursorAfter(candidates[query.MaxCandidates - 1], cursors) : null);
    }

    private string? NextAfter(ServiceQuery query, string id, IReadOnlyList<string> candidates) =>
        candidates[^1] == id ? null : query.CursorAfter(id, cursors);
}
