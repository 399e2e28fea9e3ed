using EReferrals.Referrals.Lists;
using EReferrals.Storage.Lists;
using EReferrals.Worklists.Snapshots;

namespace EReferrals.Worklists.Reading;

/// <summary>Reads whole lists, for print and CSV: from the tables, or from a copy when these do not respond.</summary>
public sealed class WholeLists(WorklistReader worklists, WorklistVersions versions, LiveReads live, SnapshotCopies copies, TimeProvider clock)
{
    // From this length on, one blob costs less than the pages of a table query.
    private const int ManyEntries = 500;

    private static readonly TimeSpan SnapshotLimit = TimeSpan.FromMilliseconds(700);

    /// <summary>Null when neither the tables nor a copy can be read.</summary>
    internal async Task<ShownList?> ReadAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        var list = await live.TryAsync(worklist.List, limit => ReadLiveAsync(worklist, limit), cancellationToken);
        if (list is not null) return new ShownList(list, ListSource.Live);
        return await copies.FindAsync(worklist, cancellationToken) is { } copy ? new ShownList(copy.Read(), copy.Source) : null;
    }

    private async Task<WholeList> ReadLiveAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        var head = await versions.HeadAsync(worklist).WaitAsync(cancellationToken);
        return head.Count >= ManyEntries && await SnapshotAtAsync(worklist, head, cancellationToken) is { } same
            ? same with { AsOf = head.AsOf }
            : await worklists.WholeAsync(worklist, cancellationToken);
    }

    // A snapshot with the current version of the head is the current list.
    private async Task<WholeList?> SnapshotAtAsync(WorklistName worklist, KnownHead head, CancellationToken cancellationToken)
    {
        try
        {
            var copy = await copies.FindAsync(worklist, cancellationToken).WaitAsync(SnapshotLimit, clock, cancellationToken);
            return copy?.Stored.Version == head.Version ? copy.Read() : null;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}

internal sealed record ShownList(WholeList List, ListSource Source);
