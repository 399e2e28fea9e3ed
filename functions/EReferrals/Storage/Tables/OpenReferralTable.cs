using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Patients;

namespace EReferrals.Storage.Tables;

/// <summary>The open referrals of each patient at each service, in one row each. Revisions only grow while a referral may show them.</summary>
public sealed class OpenReferralTable(StorageClients storage)
{
    private const string RevisionColumn = "Revision";

    private readonly TableClient _reading = storage.ForReading(TableKeys.Referrals);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Referrals);

    public async Task<StoredOpenReferrals> FindAsync(PatientAtService place, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(TableKeys.Patient(place), TableKeys.Patient(place), cancellationToken: cancellationToken);
        return row.HasValue
            ? new StoredOpenReferrals(
                new OpenReferrals(row.Value!.GetInt32(RevisionColumn) ?? 0, Packed.Get(row.Value, StorageJson.Default.IReadOnlyListOpenReferral)),
                row.Value.ETag.ToString())
            : StoredOpenReferrals.None;
    }

    /// <summary>False when the row has changed since it was read, by another writer or by an attempt whose response was lost. Read it again then.</summary>
    public async Task<bool> ReplaceAsync(PatientAtService place, StoredOpenReferrals before, OpenReferrals after, CancellationToken cancellationToken)
    {
        var row = new TableEntity(TableKeys.Patient(place), TableKeys.Patient(place)) { [RevisionColumn] = after.Revision };
        Packed.Set(row, after.All, StorageJson.Default.IReadOnlyListOpenReferral);
        try
        {
            if (before.Tag is null) await _writing.AddEntityAsync(row, cancellationToken);
            else await _writing.UpdateEntityAsync(row, new ETag(before.Tag), TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException ex) when (ex.Status is 404 or 409 or 412)
        {
            return false;
        }
    }

    /// <summary>Deletes a row without open referrals. False when it has changed since it was read.</summary>
    public async Task<bool> DeleteAsync(PatientAtService place, string tag, CancellationToken cancellationToken)
    {
        try
        {
            await _writing.DeleteEntityAsync(TableKeys.Patient(place), TableKeys.Patient(place), new ETag(tag), cancellationToken);
            return true;
        }
        catch (RequestFailedException ex) when (ex.Status == 412)
        {
            return false;
        }
    }
}

/// <param name="Tag">The ETag of the row that was read; null when there was none.</param>
public sealed record StoredOpenReferrals(OpenReferrals Known, string? Tag)
{
    public static StoredOpenReferrals None { get; } = new(OpenReferrals.None, null);
}
