using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Lists;
using EReferrals.Resilience;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Lists;

/// <summary>Deletes what is too old from the change feed of a worklist: some at every 64th change of the list, and all in the daily sweep.</summary>
public sealed class FeedRetention(StorageClients storage, TimeProvider clock)
{
    /// <summary>How long a reader can follow the change feed from one cursor.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    // A transaction holds at most 100 rows.
    private const int RowsAtOnce = 90;

    private readonly TableClient _reading = storage.ForReading(TableKeys.Worklists);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Worklists);

    /// <summary>Deletes some feed rows that no cursor can reach. A failure is ignored: a later call deletes what is left.</summary>
    public async Task TryDropOldAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        try
        {
            await DropOldAsync(worklist, cancellationToken);
        }
        catch (Exception ex) when (ex is RequestFailedException || Transient.Is(ex, cancellationToken))
        {
        }
    }

    /// <summary>Deletes every feed row that no cursor can reach, and returns how many there were.</summary>
    public async Task<int> DropAllOldAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        for (var dropped = 0; ;)
        {
            var some = await DropOldAsync(worklist, cancellationToken);
            dropped += some;
            if (some < RowsAtOnce) return dropped;
        }
    }

    /// <summary>The number of feed rows that no cursor can reach.</summary>
    public async Task<int> CountOldAsync(WorklistName worklist, CancellationToken cancellationToken) =>
        (await OldAsync(worklist, int.MaxValue, cancellationToken)).Count;

    private async Task<int> DropOldAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        var old = await OldAsync(worklist, RowsAtOnce, cancellationToken);
        var deletions = old.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All));
        if (old.Count > 0) await _writing.SubmitTransactionAsync(deletions, cancellationToken);
        return old.Count;
    }

    // One more day, so that a cursor which is almost seven days old still finds every change.
    private Task<IReadOnlyList<TableEntity>> OldAsync(WorklistName worklist, int limit, CancellationToken cancellationToken) => _reading.ChangesBeforeAsync(
        worklist, clock.GetUtcNow() - Kept - TimeSpan.FromDays(1), limit, ["PartitionKey", "RowKey", "At"], cancellationToken);
}
