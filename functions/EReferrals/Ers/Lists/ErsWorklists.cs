using System.Net;
using EReferrals.Ers.Fhir;
using EReferrals.Http;
using EReferrals.Referrals.Lists;
using EReferrals.Resilience;
using EReferrals.Services;
using EReferrals.Worklists.Reading;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Lists;

/// <summary>
/// Reads worklists for A008 from the rows of the plain API, and caches each rendered list: while its version is unchanged, it costs one read of its head.
/// </summary>
public sealed class ErsWorklists(WorklistVersions versions, WholeLists lists, LiveReads live, ServiceDirectory services, TimeProvider clock)
{
    private readonly LruCache<string, Rendered> _rendered = new(maxBytes: 64 * 1024 * 1024, rendered => rendered.Bytes.Length);

    /// <summary>The problem (503) when neither the list nor a copy can be read.</summary>
    internal async Task<HttpResponseData> RespondAsync(
        HttpRequestData request, WorklistName worklist, WorklistChoice choice, CancellationToken cancellationToken)
    {
        var baseUrl = ErsBase.Of(request);
        var key = $"{worklist}|{baseUrl}|{choice}";
        var head = await live.TryAsync(worklist.List, limit => versions.HeadAsync(worklist).WaitAsync(limit), cancellationToken);
        if (head is not null && _rendered.TryGet(key, out var cached) && cached.Version == head.Version)
        {
            return await request.RespondAsync(HttpStatusCode.OK, FhirNodes.ContentType, cached.Bytes, cancellationToken);
        }

        if (!(await lists.ReadAsync(request.FunctionContext, worklist, cancellationToken)).TryGet(out var shown, out var unavailable))
        {
            return await request.RespondAsync(unavailable, cancellationToken);
        }

        var chosen = await ChooseAsync(shown.List.Entries, choice, cancellationToken);
        var rendered = new Rendered(shown.List.Version, FhirNodes.Bytes(WorklistResource.From(worklist.List, chosen, baseUrl)));
        // Whether a service is at a location may change while the list does not.
        if (shown.Source == ListSource.Live && choice.Location is null) _rendered.Keep(key, rendered);
        var response = await request.RespondAsync(HttpStatusCode.OK, FhirNodes.ContentType, rendered.Bytes, cancellationToken);
        return shown.Source == ListSource.Live ? response : response.WithAge(clock.GetUtcNow() - shown.List.AsOf);
    }

    private async Task<IReadOnlyList<WorklistEntry>> ChooseAsync(
        IReadOnlyList<WorklistEntry> entries, WorklistChoice choice, CancellationToken cancellationToken)
    {
        var chosen = entries.Where(choice.Takes).ToArray();
        if (choice.Location is not { } location) return chosen;
        var there = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in chosen.Select(entry => entry.Service.Id).Distinct())
        {
            var service = await services.FindAsync(id, cancellationToken);
            if (service is not null && (service.Site == location || service.Provider == location)) there.Add(id);
        }

        return [.. chosen.Where(entry => there.Contains(entry.Service.Id))];
    }

    private sealed record Rendered(long Version, byte[] Bytes);
}
