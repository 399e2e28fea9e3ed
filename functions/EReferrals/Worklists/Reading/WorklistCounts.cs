using System.Collections.Concurrent;
using EReferrals.Referrals.Lists;
using EReferrals.Storage.Lists;
using EReferrals.Worklists.Snapshots;

namespace EReferrals.Worklists.Reading;

/// <summary>
/// The length of worklists, the age of their oldest entries and how many are overdue. This instance keeps the last known values for when a list cannot be
/// read.
/// </summary>
public sealed class WorklistCounts(WorklistVersions versions, WorklistReader worklists, SnapshotCopies copies)
{
    private readonly ConcurrentDictionary<WorklistName, KnownCount> _known = new();

    /// <summary>Reads the tables. A list whose version has not changed costs at most one read of its head.</summary>
    internal async Task<KnownCount> ReadAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        var head = await versions.HeadAsync(worklist).WaitAsync(cancellationToken);
        if (_known.TryGetValue(worklist, out var known) && known.Summary.Version == head.Version)
        {
            return _known[worklist] = known with { AsOf = head.AsOf };
        }

        var waits = head.Count == 0 ? ListWaits.None : await worklists.WaitsAsync(worklist, cancellationToken);
        return _known[worklist] = new KnownCount(
            new WorklistSummary(worklist.List, head.Count, waits.Overdue, head.Version, waits.Oldest), head.AsOf);
    }

    /// <summary>Null when nothing is known about the list. It must not be reported as empty, because it may have entries.</summary>
    internal async Task<KnownCount?> FindCopyAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        var known = _known.GetValueOrDefault(worklist);
        // Keeps the known values if they are at least as new as the snapshot.
        return await copies.FindAsync(worklist, cancellationToken) is { } copy && !(known?.Summary.Version >= copy.Stored.Version)
            ? _known[worklist] = KnownCount.From(copy.Read())
            : known;
    }
}

internal sealed record KnownCount(WorklistSummary Summary, DateTimeOffset AsOf)
{
    public static KnownCount From(WholeList list)
    {
        var waits = list.Entries.Aggregate(ListWaits.None, (sum, entry) => sum.With(entry.Received, isOverdue: entry.Overdue is { Count: > 0 }));
        return new KnownCount(new WorklistSummary(list.List, list.Entries.Count, waits.Overdue, list.Version, waits.Oldest), list.AsOf);
    }
}
