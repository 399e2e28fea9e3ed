using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Retention;

/// <summary>Removes what a worklist still knows of a referral that is not on it any more.</summary>
public sealed class ListTraces(StorageClients storage)
{
    private readonly TableClient _table = storage.ForWriting(TableKeys.Worklists);

    /// <summary>Deletes the row that recognises late changes. A referral that is on the list keeps it.</summary>
    public async Task DropAsync(WorklistName worklist, Ubrn ubrn, CancellationToken cancellationToken)
    {
        var found = await _table.GetEntityIfExistsAsync<TableEntity>(worklist.ToString(), TableKeys.Applied(ubrn), cancellationToken: cancellationToken);
        if (!found.HasValue || found.Value!.GetString("EntryKey") is not null) return;
        await _table.DeleteEntityAsync(worklist.ToString(), TableKeys.Applied(ubrn), found.Value.ETag, cancellationToken);
    }

    /// <summary>Removes the entries of the referral from the change feed. A reader that is behind learns only that the referral left the list.</summary>
    public async Task ScrubFeedAsync(WorklistName worklist, Ubrn ubrn, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {worklist.ToString()} and RowKey ge {TableKeys.Change(0)} and RowKey lt {TableKeys.ChangesTo}");
        await foreach (var row in _table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
        {
            var changes = Packed.Get(row, StorageJson.Default.IReadOnlyListListedChange);
            if (!changes.Any(change => change.Ubrn == ubrn && change.Entry is not null)) continue;
            IReadOnlyList<ListedChange> scrubbed = [.. changes.Select(change => change.Ubrn == ubrn ? change with { Entry = null } : change)];
            var next = new TableEntity(row.PartitionKey, row.RowKey) { ["Version"] = row.GetInt64("Version"), ["At"] = row.GetDateTimeOffset("At") };
            Packed.Set(next, scrubbed, StorageJson.Default.IReadOnlyListListedChange);
            try
            {
                await _table.UpdateEntityAsync(next, row.ETag, TableUpdateMode.Replace, cancellationToken);
            }
            catch (RequestFailedException ex) when (ex.Status == 404)
            {
                // Deleted meanwhile, because it was too old.
            }
        }
    }
}
