using Azure.Data.Tables;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Tables;

/// <summary>
/// Deletes what test referrals leave behind. It touches the reserved organisation's partitions only, and a referral only when its row says
/// that this organisation sent it.
/// </summary>
public sealed class CanaryRows(StorageClients storage, TimeProvider clock)
{
    // A message that was delivered twice finds for so long that it comes late. A later one would put its entry on the list again, where the
    // next canary finds and removes it.
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    // Ten minutes of canaries are twenty rows.
    private const int MostAtOnce = 100;

    private readonly TableClient _referrals = storage.ForWriting(TableKeys.Referrals);
    private readonly TableClient _worklists = storage.ForWriting(TableKeys.Worklists);

    public async Task DeleteReferralAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        var partition = ubrn.ToString();
        var current = await _referrals.GetEntityIfExistsAsync<TableEntity>(partition, TableKeys.Current(ubrn), cancellationToken: cancellationToken);
        if (!current.HasValue || !IsCanary(Packed.Get(current.Value!, StorageJson.Default.Referral))) return;
        // The event first: a row without its event is found and deleted by the next try.
        await _referrals.DeleteEntityAsync(partition, TableKeys.Event(ubrn, 1), cancellationToken: cancellationToken);
        await _referrals.DeleteEntityAsync(partition, TableKeys.Current(ubrn), cancellationToken: cancellationToken);
    }

    /// <summary>Deletes the feed of a list, and what it names, once that is old and off the list. A stop anywhere is made good by the next sweep.</summary>
    public async Task SweepAsync(Worklist list, CancellationToken cancellationToken)
    {
        var partition = new WorklistName(ReservedOrganisation.Canary, list).ToString();
        var before = clock.GetUtcNow() - Kept;
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {partition} and RowKey ge {TableKeys.Change(0)} and RowKey lt {TableKeys.ChangesTo}");
        var old = new List<TableEntity>();
        await foreach (var row in _worklists.QueryAsync<TableEntity>(filter, MostAtOnce, cancellationToken: cancellationToken))
        {
            if (!(row.GetDateTimeOffset("At") < before) || old.Count == MostAtOnce) break;
            old.Add(row);
        }

        foreach (var row in old)
        {
            foreach (var change in Packed.Get(row, StorageJson.Default.IReadOnlyListListedChange)) await ForgetAsync(partition, change.Ubrn, cancellationToken);
            await _worklists.DeleteEntityAsync(partition, row.RowKey, cancellationToken: cancellationToken);
        }
    }

    private async Task ForgetAsync(string partition, Ubrn ubrn, CancellationToken cancellationToken)
    {
        var key = TableKeys.Applied(ubrn);
        var applied = await _worklists.GetEntityIfExistsAsync<TableEntity>(partition, key, cancellationToken: cancellationToken);
        // Still listed: the canary removes it from the list first, and its removal stands in the feed too.
        if (!applied.HasValue || applied.Value!.GetString("EntryKey") is not null) return;
        await DeleteReferralAsync(ubrn, cancellationToken);
        await _worklists.DeleteEntityAsync(partition, key, applied.Value.ETag, cancellationToken);
    }

    private static bool IsCanary(Referral referral) => referral.Referrer.Organisation == ReservedOrganisation.Canary;
}
