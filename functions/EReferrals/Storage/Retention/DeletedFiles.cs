using Azure;
using Azure.Data.Tables;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Retention;

/// <summary>
/// The ids of files that were deleted lately, and of those whose deletion was tried. A file can be deleted before its scan, and a verdict that arrives later is
/// recognised by the id.
/// </summary>
public sealed class DeletedFiles(StorageClients storage, TimeProvider clock)
{
    private const int RowsAtOnce = 100;

    private readonly TableClient _table = storage.ForWriting(TableKeys.Attachments);

    public Task NoteAsync(string id, CancellationToken cancellationToken) => _table.UpsertEntityAsync(
        new TableEntity(TableKeys.DeletedFiles, TableKeys.DeletedFile(id)) { ["At"] = clock.GetUtcNow() }, TableUpdateMode.Replace, cancellationToken);

    /// <summary>Whether the deletion of this file was noted. Only for a file that does not exist.</summary>
    public async Task<bool> HasAsync(string id, CancellationToken cancellationToken)
    {
        var row = await _table.GetEntityIfExistsAsync<TableEntity>(TableKeys.DeletedFiles, TableKeys.DeletedFile(id), cancellationToken: cancellationToken);
        return row.HasValue;
    }

    /// <summary>Forgets what was noted before an instant.</summary>
    public async Task ForgetAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {TableKeys.DeletedFiles} and At lt {before}");
        await foreach (var page in _table.QueryAsync<TableEntity>(filter, RowsAtOnce, ["PartitionKey", "RowKey"], cancellationToken).AsPages())
        {
            if (page.Values.Count == 0) continue;
            var deletions = page.Values.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All));
            await _table.SubmitTransactionAsync(deletions, cancellationToken);
        }
    }
}
