using EReferrals.Referrals.Lists;
using EReferrals.Resilience;
using EReferrals.Storage.Blobs;
using EReferrals.Worklists.Reading;
using Microsoft.Extensions.Logging;

namespace EReferrals.Worklists.Snapshots;

/// <summary>
/// Reads snapshots when the tables do not respond. The last snapshot of each list stays in memory, for when the contingency account does not respond
/// either.
/// </summary>
public sealed partial class SnapshotCopies(SnapshotBlobs snapshots, TimeProvider clock, ILogger<SnapshotCopies> logger)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly LruCache<WorklistName, StoredSnapshot> _kept = new(maxBytes: 64 * 1024 * 1024, snapshot => snapshot.Content.ToMemory().Length);
    private readonly CircuitBreaker _breaker = new(clock);

    /// <summary>Null when the list has no snapshot, or when it cannot be read and is not in memory.</summary>
    internal async Task<ListCopy?> FindAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        _kept.TryGet(worklist, out var kept);
        if (!_breaker.MayTry()) return CopyOf(kept, ListSource.Memory);
        using var limit = new CancellationTokenSource(Limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var stored = await snapshots.ReadAsync(worklist, SnapshotBlobs.Json, kept, either.Token).WaitAsync(either.Token);
            _breaker.Succeeded();
            if (stored is not null && stored != kept) _kept.Keep(worklist, stored);
            return CopyOf(stored, ListSource.Snapshot);
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            _breaker.Failed();
            Log.NotRead(logger, worklist.List, ex);
            return CopyOf(kept, ListSource.Memory);
        }
    }

    private static ListCopy? CopyOf(StoredSnapshot? stored, ListSource source) => stored is null ? null : new ListCopy(stored, source);

    private static partial class Log
    {
        [LoggerMessage(1306, LogLevel.Warning, "The snapshot of {Worklist} could not be read; readers get the last one in memory if there is one")]
        public static partial void NotRead(ILogger logger, Worklist worklist, Exception failure);
    }
}
