using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Services;

/// <summary>The services that are open, in the order of their ids, narrowed as the query asks.</summary>
public sealed class SearchServicesFunction(ServiceDirectory directory)
{
    // One request looks at so many services at most and then hands out what it has, with a cursor.
    private const int MostLookedAt = 2000;

    private const int AtATime = 50;

    [Function(nameof(SearchServicesFunction))]
    [RequiresAnyRole]
    public async Task<HttpResponseData> SearchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/services")] HttpRequestData request, CancellationToken cancellationToken)
    {
        var (query, errors) = ServiceQuery.Read(request.Query);
        if (query is null) return await request.RespondAsync(Problem.BadRequest(errors), cancellationToken);
        var page = await PageAsync(query, cancellationToken);
        return await request.RespondAsync(HttpStatusCode.OK, page, DirectoryJson.Default.ServicesPage, cancellationToken);
    }

    private async Task<ServicesPage> PageAsync(ServiceQuery query, CancellationToken cancellationToken)
    {
        // One more than are looked at tells whether there is a next page.
        var candidates = await directory.CandidatesAsync(query.Provider, query.Specialty, query.After, MostLookedAt + 1, cancellationToken);
        var found = new List<Service>();
        for (var at = 0; at < Math.Min(candidates.Count, MostLookedAt); at += AtATime)
        {
            var chunk = candidates.Take(MostLookedAt).Skip(at).Take(AtATime).ToArray();
            var known = await Task.WhenAll(chunk.Select(id => directory.FindAsync(id, cancellationToken)));
            foreach (var service in known.OfType<Service>().Where(query.Matches))
            {
                found.Add(service);
                if (found.Count == query.Limit) return new ServicesPage(found, NextAfter(query, service.Id, candidates));
            }
        }

        return new ServicesPage(found, candidates.Count > MostLookedAt ? query.CursorAfter(candidates[MostLookedAt - 1]) : null);
    }

    private static string? NextAfter(ServiceQuery query, string id, IReadOnlyList<string> candidates) =>
        candidates[^1] == id ? null : query.CursorAfter(id);
}
