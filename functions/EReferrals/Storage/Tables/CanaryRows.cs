using Azure.Data.Tables;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Retention;

namespace EReferrals.Storage.Tables;

/// <summary>
/// Deletes the rows that test referrals leave behind. Changes only partitions of the reserved organisation, and only referrals whose row names that
/// organisation as the referrer.
/// </summary>
public sealed class CanaryRows(StorageClients storage, TimeProvider clock)
{
    // For this long, a redelivered message is recognised as out of date by the rows of its canary. A later one puts the entry on the list again, where
    // the next canary finds and removes it.
    private static readonly TimeSpan Retention = TimeSpan.FromMinutes(10);

    // Ten minutes of canaries leave twenty rows.
    private const int MaxRows = 100;

    private readonly TableClient _referrals = storage.ForWriting(TableKeys.Referrals);
    private readonly TableClient _worklists = storage.ForWriting(TableKeys.Worklists);

    public async Task DeleteReferralAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        var partition = ubrn.ToString();
        var current = await _referrals.GetEntityIfExistsAsync<TableEntity>(partition, TableKeys.Current(ubrn), cancellationToken: cancellationToken);
        if (!current.HasValue || GoneReferrals.IsGone(current.Value!) || !IsCanary(Packed.Get(current.Value!, StorageJson.Default.Referral))) return;
        // The event first: the next attempt finds and deletes a current row without its event.
        await _referrals.DeleteEntityAsync(partition, TableKeys.Event(ubrn, 1), cancellationToken: cancellationToken);
        await _referrals.DeleteEntityAsync(partition, TableKeys.Current(ubrn), cancellationToken: cancellationToken);
    }

    /// <summary>
    /// Deletes the change-feed rows of a list that are older than ten minutes, and the referrals that they name unless still listed. After a stop, the next
    /// sweep continues.
    /// </summary>
    public async Task SweepAsync(Worklist list, CancellationToken cancellationToken)
    {
        var worklist = new WorklistName(ReservedOrganisation.Canary, list);
        var partition = worklist.ToString();
        foreach (var row in await _worklists.ChangesBeforeAsync(worklist, clock.GetUtcNow() - Retention, MaxRows, columns: null, cancellationToken))
        {
            foreach (var change in Packed.Get(row, StorageJson.Default.IReadOnlyListListedChange)) await ForgetAsync(partition, change.Ubrn, cancellationToken);
            await _worklists.DeleteEntityAsync(partition, row.RowKey, cancellationToken: cancellationToken);
        }
    }

    private async Task ForgetAsync(string partition, Ubrn ubrn, CancellationToken cancellationToken)
    {
        var key = TableKeys.Applied(ubrn);
        var applied = await _worklists.GetEntityIfExistsAsync<TableEntity>(partition, key, cancellationToken: cancellationToken);
        // Still listed: the canary removes it from the list first, and the feed records that removal too.
        if (!applied.HasValue || applied.Value!.GetString("EntryKey") is not null) return;
        await DeleteReferralAsync(ubrn, cancellationToken);
        await _worklists.DeleteEntityAsync(partition, key, applied.Value.ETag, cancellationToken);
    }

    private static bool IsCanary(Referral referral) => referral.Referrer.Organisation == ReservedOrganisation.Canary;
}
