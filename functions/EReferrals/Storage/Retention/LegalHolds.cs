using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Retention;

/// <summary>
/// The legal holds: a row beside the referral. The transaction that writes it also changes the row of the referral, whose ETag every deletion names. So a
/// deletion either read the hold, or fails.
/// </summary>
public sealed class LegalHolds(StorageClients storage)
{
    private readonly TableClient _table = storage.ForWriting(TableKeys.Referrals);

    public async Task<LegalHold?> FindAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        var row = await _table.GetEntityIfExistsAsync<TableEntity>(ubrn.ToString(), TableKeys.LegalHold(ubrn), cancellationToken: cancellationToken);
        return row.HasValue && row.Value!.GetDateTimeOffset("LiftedAt") is null
            ? new LegalHold(
                row.Value!.GetString("By"), row.Value.GetString("Organisation"), row.Value.GetDateTimeOffset("At") ?? default, row.Value.GetString("Reason"))
            : null;
    }

    /// <summary>False when the referral has changed since it was read; read it again then.</summary>
    /// <param name="tag">The ETag of the referral's row.</param>
    public async Task<bool> PlaceAsync(Ubrn ubrn, string tag, LegalHold hold, CancellationToken cancellationToken)
    {
        var row = new TableEntity(ubrn.ToString(), TableKeys.LegalHold(ubrn))
        {
            ["By"] = hold.By,
            ["Organisation"] = hold.Organisation,
            ["At"] = hold.At,
            ["Reason"] = hold.Reason,
        };
        var touched = new TableEntity(ubrn.ToString(), TableKeys.Current(ubrn)) { ["HeldAt"] = hold.At };
        try
        {
            await _table.SubmitTransactionAsync(
                [
                    new TableTransactionAction(TableTransactionActionType.UpdateMerge, touched, new ETag(tag)),
                    new TableTransactionAction(TableTransactionActionType.UpsertReplace, row),
                ],
                cancellationToken);
            return true;
        }
        catch (RequestFailedException ex) when (ex.Status == 412)
        {
            return false;
        }
    }

    /// <summary>Lifts the hold, if there is one. Its row stays and says who lifted it.</summary>
    public async Task LiftAsync(Ubrn ubrn, LegalHold lifted, CancellationToken cancellationToken)
    {
        if (await FindAsync(ubrn, cancellationToken) is null) return;
        var row = new TableEntity(ubrn.ToString(), TableKeys.LegalHold(ubrn))
        {
            ["LiftedBy"] = lifted.By,
            ["LiftedAt"] = lifted.At,
            ["LiftedReason"] = lifted.Reason,
        };
        await _table.UpdateEntityAsync(row, ETag.All, TableUpdateMode.Merge, cancellationToken);
    }
}
