using System.Text;
using System.Text.Json;
using EReferrals.Audit.Contents;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Lists;

namespace EReferrals.Worklists.Reading;

/// <summary>
/// A cache of worklist pages as rendered bytes, with the latest page for each query. While the version of the list is unchanged, a page costs no
/// storage call. When the store does not respond, the cached page serves as a copy.
/// </summary>
public sealed class WorklistPages(WorklistReader worklists)
{
    private readonly LruCache<string, WorklistPage> _pages = new(maxBytes: 64 * 1024 * 1024, page => page.Entries.Length + page.Shown.Size);
    private readonly SingleFlight<(string Key, long Version), WorklistPage> _reading = new();

    internal async Task<WorklistPage> ReadAsync(WorklistName worklist, WorklistQuery query, KnownHead head, CancellationToken cancellationToken)
    {
        var key = KeyOf(worklist, query);
        if (_pages.TryGet(key, out var cached) && cached.Version == head.Version) return cached with { AsOf = head.AsOf };
        // Single-flight: after a change of a busy list, many readers request the same page at once.
        return await _reading.ReadAsync((key, head.Version), () => ReadAsync(worklist, query, head, key)).WaitAsync(cancellationToken);
    }

    private async Task<WorklistPage> ReadAsync(WorklistName worklist, WorklistQuery query, KnownHead head, string key)
    {
        // One more than the limit shows whether there is a next page.
        var entries = await worklists.EntriesAsync(worklist, query.Filter, query.Cursor?.AfterSortKey, query.Limit + 1, CancellationToken.None);
        var page = PageOf(entries, query.Limit, head.Version, head.AsOf);
        _pages.Keep(key, page);
        return page;
    }

    /// <summary>The last page for this query, of any age; null when this instance has none.</summary>
    internal WorklistPage? LastGood(WorklistName worklist, WorklistQuery query) =>
        _pages.TryGet(KeyOf(worklist, query), out var page) ? page : null;

    /// <summary>The page that the query selects from a whole list.</summary>
    internal static WorklistPage From(WholeList list, WorklistQuery query)
    {
        var entries = list.Entries
            .Where(query.Filter.Takes)
            .Select(entry => (Entry: entry, entry.SortKey))
            .Where(pair => query.Cursor is null || string.CompareOrdinal(pair.SortKey, query.Cursor.AfterSortKey) > 0)
            .Take(query.Limit + 1)
            .Select(pair => new ListedEntry(pair.SortKey, JsonSerializer.Serialize(pair.Entry, WorklistJson.Default.WorklistEntry)));
        return PageOf([.. entries], query.Limit, list.Version, list.AsOf);
    }

    private static WorklistPage PageOf(IReadOnlyList<ListedEntry> entries, int limit, long version, DateTimeOffset asOf)
    {
        var hasMore = entries.Count > limit;
        var shown = hasMore ? [.. entries.Take(limit)] : entries;
        // A sort key ends in the UBRN.
        var ubrns = ListedReferrals.From(shown.Select(entry => Ubrn.Parse(entry.SortKey[^Ubrn.Length..])));
        return new WorklistPage(version, asOf, Render(shown), hasMore ? shown[^1].SortKey : null) { Shown = ubrns };
    }

    // Writes into one array of the right size, because a page of a thousand entries has a megabyte.
    internal static byte[] Render(IReadOnlyList<ListedEntry> entries)
    {
        var json = new byte[Math.Max(2, 1 + entries.Sum(entry => Encoding.UTF8.GetByteCount(entry.Json) + 1))];
        json[0] = (byte)'[';
        var at = 1;
        foreach (var entry in entries)
        {
            at += Encoding.UTF8.GetBytes(entry.Json, json.AsSpan(at));
            json[at++] = (byte)',';
        }

        json[^1] = (byte)']';
        return json;
    }

    private static string KeyOf(WorklistName worklist, WorklistQuery query) =>
        $"{worklist}|{query.Limit}|{query.Cursor?.AfterSortKey}|"
        + $"{query.Filter.Service}|{query.Filter.Specialty}|{query.Filter.Priority}|{query.Filter.Clinician}";
}

/// <param name="Version">The version of the list. The page may contain some later changes.</param>
/// <param name="Entries">A JSON array.</param>
/// <param name="LastSortKey">The sort key after which the next page begins; null on the last page.</param>
internal sealed record WorklistPage(long Version, DateTimeOffset AsOf, byte[] Entries, string? LastSortKey)
{
    /// <summary>The referrals of the entries.</summary>
    public ListedReferrals Shown { get; init; } = ListedReferrals.None;
}
