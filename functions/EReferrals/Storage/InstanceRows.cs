using Azure.Data.Tables;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage;

/// <summary>A row for each instance that answers callers.</summary>
public sealed class InstanceRows(StorageClients storage)
{
    // Longer than any clock difference. Older rows are of instances that have ended.
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly TableClient _reading = storage.ForReading(TableKeys.Allocator);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Allocator);

    public async Task BeatAsync(string id, DateTimeOffset at, CancellationToken cancellationToken) => await _writing.UpsertEntityAsync(
        new TableEntity(TableKeys.Instances, TableKeys.Instance(id)) { ["At"] = at }, TableUpdateMode.Replace, cancellationToken);

    /// <summary>Counts the other instances with a row since this instant, and removes the rows of instances that ended long ago.</summary>
    public async Task<int> CountOthersAsync(string id, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var count = 0;
        var ended = new List<TableEntity>();
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {TableKeys.Instances}");
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
        {
            if (row.RowKey == TableKeys.Instance(id)) continue;
            var at = row.GetDateTimeOffset("At") ?? default;
            if (at >= since) count++;
            else if (at < since - Kept) ended.Add(row);
        }

        foreach (var row in ended) await _writing.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, cancellationToken);
        return count;
    }
}
