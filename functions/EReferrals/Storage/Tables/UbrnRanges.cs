using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Tables;

/// <summary>The row with the next UBRN to reserve, and a row for every range that an instance reserved.</summary>
public sealed class UbrnRanges(StorageClients storage)
{
    private readonly TableClient _reading = storage.ForReading(TableKeys.Allocator);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Allocator);

    /// <summary>Reserves a range; null when another instance reserved at the same time. Retry then.</summary>
    /// <exception cref="InvalidOperationException">All UBRNs have been used.</exception>
    public async Task<UbrnRange?> TryReserveAsync(int count, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var current = await _writing.GetEntityIfExistsAsync<TableEntity>(TableKeys.Ubrns, TableKeys.NextUbrn, cancellationToken: cancellationToken);
        var first = current.HasValue ? current.Value!.GetInt64("Next") ?? 0 : 0;
        if (first + count > Ubrn.SequenceEnd) throw new InvalidOperationException("All UBRNs have been used.");
        var next = new TableEntity(TableKeys.Ubrns, TableKeys.NextUbrn) { ["Next"] = first + count };
        var range = new TableEntity(TableKeys.Ubrns, TableKeys.RangeHolding(first)) { ["End"] = first + count, ["At"] = at };
        try
        {
            // One transaction writes both rows, so that no range is reserved twice.
            await _writing.SubmitTransactionAsync(
                [
                    current.HasValue
                        ? new TableTransactionAction(TableTransactionActionType.UpdateReplace, next, current.Value!.ETag)
                        : new TableTransactionAction(TableTransactionActionType.Add, next),
                    new TableTransactionAction(TableTransactionActionType.Add, range),
                ],
                cancellationToken);
            return new UbrnRange(first, first + count, at);
        }
        catch (RequestFailedException ex) when (ex.Status is 409 or 412)
        {
            return null;
        }
    }

    /// <summary>The reserved range that contains this number; null when no instance reserved it.</summary>
    public async Task<UbrnRange?> FindAsync(long sequence, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {TableKeys.Ubrns} and RowKey ge {TableKeys.RangeHolding(sequence)} and RowKey lt {TableKeys.RangesTo}");
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, maxPerPage: 1, cancellationToken: cancellationToken))
        {
            return row.GetInt64("End") is { } end && sequence < end && row.GetDateTimeOffset("At") is { } reserved
                ? new UbrnRange(sequence, end, reserved)
                : null;
        }

        return null;
    }
}

/// <param name="Next">The first unused number of the range.</param>
/// <param name="End">The number after the last one of the range.</param>
/// <param name="Reserved">When an instance reserved the range.</param>
public sealed record UbrnRange(long Next, long End, DateTimeOffset Reserved)
{
    public long Count => End - Next;
}
