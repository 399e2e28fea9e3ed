using System.Collections.Concurrent;
using EReferrals.Referrals.Lists;
using EReferrals.Storage.Lists;
using EReferrals.Worklists.Snapshots;

namespace EReferrals.Worklists.Reading;

/// <summary>How long worklists are and since when their oldest entry waits. What this instance knew last stays, for when a list cannot be read.</summary>
public sealed class WorklistCounts(WorklistVersions versions, WorklistReader worklists, SnapshotCopies copies)
{
    private readonly ConcurrentDictionary<WorklistName, KnownCount> _known = new();

    /// <summary>From the tables; a list of the same version as before costs at most its head.</summary>
    internal async Task<KnownCount> ReadAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        var head = await versions.HeadAsync(worklist).WaitAsync(cancellationToken);
        var oldest = head.Count == 0 ? null
            : _known.TryGetValue(worklist, out var known) && known.Summary.Version == head.Version ? known.Summary.Oldest
            : await worklists.OldestAsync(worklist, cancellationToken);
        return _known[worklist] = new KnownCount(new WorklistSummary(worklist.List, head.Count, head.Version, oldest), head.AsOf);
    }

    /// <summary>Null when nothing is known of the list: to call it empty would hide what may stand on it.</summary>
    internal async Task<KnownCount?> FindCopyAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        var known = _known.GetValueOrDefault(worklist);
        // What was known here after the snapshot was taken stays, and a version that is known need not be counted again.
        return await copies.FindAsync(worklist, cancellationToken) is { } copy && !(known?.Summary.Version >= copy.Stored.Version)
            ? _known[worklist] = KnownCount.From(copy.Read())
            : known;
    }
}

internal sealed record KnownCount(WorklistSummary Summary, DateTimeOffset AsOf)
{
    public static KnownCount From(WholeList list) => new(
        new WorklistSummary(list.List, list.Entries.Count, list.Version, list.Entries.Min(entry => (DateTimeOffset?)entry.Received)), list.AsOf);
}
