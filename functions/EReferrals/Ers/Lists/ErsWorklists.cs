using EReferrals.Audit;
using EReferrals.Audit.Contents;
using EReferrals.Ers.Fhir;
using EReferrals.Http;
using EReferrals.Http.Compression;
using EReferrals.Overload;
using EReferrals.Referrals.Lists;
using EReferrals.Resilience;
using EReferrals.Services;
using EReferrals.Worklists.Reading;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Lists;

/// <summary>
/// Reads and audits worklists for A008 from the rows of the plain API, and caches each rendered list: while its version is unchanged, it costs one read of
/// its head.
/// </summary>
public sealed class ErsWorklists(
    WorklistVersions versions, WholeLists lists, LiveReads live, LargeAnswers large, ServiceDirectory services, ListAudit audit, TimeProvider clock)
{
    private readonly LruCache<string, Rendered> _rendered = new(maxBytes: 64 * 1024 * 1024, rendered => rendered.Body.Size + rendered.Shown.Size);
    private readonly SingleFlight<(string Key, long? Version), Result<Rendered>> _rendering = new();

    /// <summary>The problem (503) when neither the list nor a copy can be read, or when there is no room for it.</summary>
    internal async Task<HttpResponseData> RespondAsync(
        HttpRequestData request, WorklistName worklist, WorklistChoice choice, CancellationToken cancellationToken)
    {
        var baseUrl = ErsBase.Of(request);
        var rendering = await FindAsync($"{worklist}|{baseUrl}|{choice}", worklist, choice, baseUrl, cancellationToken);
        if (!rendering.TryGet(out var rendered, out var unavailable)) return await request.RespondAsync(unavailable, cancellationToken);
        var bytes = LargeAnswers.CopiesOfAnswer * (long)rendered.Body.LengthFor(request);
        if (large.Refuse(request.FunctionContext, bytes) is { } busy) return await request.RespondAsync(busy, cancellationToken);
        var entry = request.FunctionContext.Audited(AuditedAction.WorklistRead) with
        {
            Worklist = worklist.ToString(), Version = rendered.Version, Filters = choice.Recorded(),
        };
        await audit.WriteAsync(entry, rendered.Shown, cancellationToken);
        var response = await rendered.Body.RespondAsync(request, FhirNodes.ContentType, cancellationToken);
        return rendered.CopiedAt is { } asOf ? response.WithAge(clock.GetUtcNow() - asOf) : response;
    }

    private async Task<Result<Rendered>> FindAsync(
        string key, WorklistName worklist, WorklistChoice choice, string baseUrl, CancellationToken cancellationToken)
    {
        var head = await live.TryAsync(worklist.List, limit => versions.HeadAsync(worklist).WaitAsync(limit), cancellationToken);
        if (head is not null && _rendered.TryGet(key, out var cached) && cached.Version == head.Version) return cached;
        // Polls that come together after a change share one rendering. It is never older than the head that each of them has seen.
        return await _rendering.ReadAsync((key, head?.Version), () => RenderAsync(key, worklist, choice, baseUrl)).WaitAsync(cancellationToken);
    }

    // The callers of a rendering may leave before it ends, so it holds a place of its own among the large answers.
    private async Task<Result<Rendered>> RenderAsync(string key, WorklistName worklist, WorklistChoice choice, string baseUrl)
    {
        using var room = large.NewRoom();
        if (!(await lists.ReadAsync(room, worklist, CancellationToken.None)).TryGet(out var shown, out var unavailable)) return unavailable;
        var chosen = await ChooseAsync(shown.List.Entries, choice, worklist.Organisation, CancellationToken.None);
        var body = new CachedBody(FhirNodes.Bytes(WorklistResource.From(worklist.List, chosen, baseUrl)));
        var referrals = ListedReferrals.From(chosen.Select(entry => entry.Ubrn));
        if (shown.Source != ListSource.Live) return new Rendered(shown.List.Version, body, referrals, shown.List.AsOf);
        var rendered = new Rendered(shown.List.Version, body, referrals, CopiedAt: null);
        // Whether a service is at a location may change while the list does not.
        if (choice.Location is null) _rendered.Keep(key, rendered);
        return rendered;
    }

    private async Task<IReadOnlyList<WorklistEntry>> ChooseAsync(
        IReadOnlyList<WorklistEntry> entries, WorklistChoice choice, string organisation, CancellationToken cancellationToken)
    {
        var chosen = entries.Where(choice.Takes).ToArray();
        if (choice.Location is not { } location) return chosen;
        var there = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in chosen.Select(entry => entry.Service.Id).Distinct())
        {
            var service = await services.FindForAsync(id, organisation, cancellationToken);
            if (service is not null && (service.Site == location || service.Provider == location)) there.Add(id);
        }

        return [.. chosen.Where(entry => there.Contains(entry.Service.Id))];
    }

    /// <param name="CopiedAt">The time of the copy that was rendered; null when the list itself was.</param>
    private sealed record Rendered(long Version, CachedBody Body, ListedReferrals Shown, DateTimeOffset? CopiedAt);
}
