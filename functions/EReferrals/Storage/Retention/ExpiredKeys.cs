using Azure;
using Azure.Data.Tables;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Retention;

/// <summary>Walks over the idempotency keys that are too old to matter.</summary>
public sealed class ExpiredKeys(StorageClients storage)
{
    private readonly TableClient _table = storage.ForWriting(TableKeys.Idempotency);

    /// <param name="place">Where the previous page ended; null at the start.</param>
    public async Task<KeyPage> PageAsync(DateTimeOffset before, string? place, int size, CancellationToken cancellationToken)
    {
        var query = _table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"At lt {before}"), select: ["PartitionKey", "RowKey"], cancellationToken: cancellationToken);
        await foreach (var page in query.AsPages(place, size))
        {
            return new KeyPage([.. page.Values.Select(row => new ExpiredKey(row.PartitionKey, row.RowKey, row.ETag.ToString()))], page.ContinuationToken);
        }

        return new KeyPage([], null);
    }

    /// <summary>Deletes the key, unless it was used again meanwhile.</summary>
    public async Task DeleteAsync(ExpiredKey key, CancellationToken cancellationToken)
    {
        try
        {
            await _table.DeleteEntityAsync(key.Organisation, key.RowKey, new ETag(key.Tag), cancellationToken);
        }
        catch (RequestFailedException ex) when (ex.Status == 412)
        {
        }
    }
}

/// <param name="Next">The place of the next page; null when this is the last.</param>
public sealed record KeyPage(IReadOnlyList<ExpiredKey> Keys, string? Next);

/// <param name="Tag">The ETag of the row.</param>
public sealed record ExpiredKey(string Organisation, string RowKey, string Tag);
