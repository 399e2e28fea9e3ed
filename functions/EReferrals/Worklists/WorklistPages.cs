using System.Text;
using EReferrals.Referrals;
using EReferrals.Storage;

namespace EReferrals.Worklists;

/// <summary>
/// Pages of worklists as rendered bytes, the last good one of every question that was asked. As long as the list's version is the same a
/// page costs no storage call; when the store does not answer, the page is what there is.
/// </summary>
public sealed class WorklistPages(WorklistTable worklists)
{
    private const long MaxBytes = 64 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Cached>> _pages = [];
    private readonly LinkedList<Cached> _byUse = new();
    private long _bytes;

    internal async Task<WorklistPage> ReadAsync(WorklistName worklist, WorklistQuery query, KnownHead head, CancellationToken cancellation)
    {
        var question = Question(worklist, query);
        if (Find(question) is { } cached && cached.Version == head.Version) return cached with { AsOf = head.AsOf };
        // One more than asked for, to know whether there is a next page.
        var entries = await worklists.EntriesAsync(worklist, query.Filter, query.Cursor?.AfterSortKey, query.Limit + 1, cancellation);
        var hasMore = entries.Count > query.Limit;
        var shown = hasMore ? [.. entries.Take(query.Limit)] : entries;
        var page = new WorklistPage(head.Version, head.AsOf, Render(shown), hasMore ? shown[^1].SortKey : null);
        Keep(question, page);
        return page;
    }

    /// <summary>The last good answer to this question, however old; null when it was never asked here.</summary>
    internal WorklistPage? LastGood(WorklistName worklist, WorklistQuery query) => Find(Question(worklist, query));

    internal static byte[] Render(IReadOnlyList<ListedEntry> entries)
    {
        var json = new StringBuilder("[", entries.Sum(entry => entry.Json.Length + 1) + 2);
        json.AppendJoin(',', entries.Select(entry => entry.Json)).Append(']');
        return Encoding.UTF8.GetBytes(json.ToString());
    }

    private static string Question(WorklistName worklist, WorklistQuery query) =>
        $"{worklist}|{query.Limit}|{query.Cursor?.AfterSortKey}|{query.Filter.Service}|{query.Filter.Specialty}|{query.Filter.Priority}|{query.Filter.Clinician}";

    private WorklistPage? Find(string question)
    {
        lock (_lock)
        {
            if (!_pages.TryGetValue(question, out var node)) return null;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Page;
        }
    }

    private void Keep(string question, WorklistPage page)
    {
        lock (_lock)
        {
            if (_pages.TryGetValue(question, out var old)) Drop(old);
            _pages[question] = _byUse.AddFirst(new Cached(question, page));
            _bytes += page.Entries.Length;
            while (_bytes > MaxBytes && _byUse.Last is { } last) Drop(last);
        }
    }

    private void Drop(LinkedListNode<Cached> node)
    {
        _byUse.Remove(node);
        _pages.Remove(node.Value.Question);
        _bytes -= node.Value.Page.Entries.Length;
    }

    private sealed record Cached(string Question, WorklistPage Page);
}

/// <param name="Version">The list's version that the page shows at least.</param>
/// <param name="Entries">A JSON array.</param>
/// <param name="LastSortKey">Where the next page begins; null when there is none.</param>
internal sealed record WorklistPage(long Version, DateTimeOffset AsOf, byte[] Entries, string? LastSortKey);
