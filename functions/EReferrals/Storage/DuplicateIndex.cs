using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals;

namespace EReferrals.Storage;

/// <summary>Under every patient and service the referrals that may be open there. A row only says where to look.</summary>
public sealed class DuplicateIndex(StorageClients storage)
{
    private const string UbrnColumn = "Ubrn";

    // With the limits of writing: nobody waits for this, and what is not found now is looked for again.
    private readonly TableClient _table = storage.ForWriting(TableKeys.Referrals);

    public Task NoteAsync(PatientAtService place, Ubrn ubrn, CancellationToken cancellationToken)
    {
        var row = new TableEntity(TableKeys.Patient(place), TableKeys.PatientsReferral(place, ubrn)) { [UbrnColumn] = ubrn.ToString() };
        return _table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>In the order of their numbers, at most <paramref name="most"/>.</summary>
    public async Task<IReadOnlyList<IndexedReferral>> FindAsync(PatientAtService place, int most, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {TableKeys.Patient(place)}");
        var found = new List<IndexedReferral>();
        await foreach (var row in _table.QueryAsync<TableEntity>(filter, most, cancellationToken: cancellationToken))
        {
            found.Add(new IndexedReferral(Ubrn.Parse(row.GetString(UbrnColumn)), row.RowKey, row.ETag.ToString()));
            if (found.Count == most) break;
        }

        return found;
    }

    /// <summary>Takes the row away, unless it has been written again since it was found.</summary>
    public async Task RemoveAsync(PatientAtService place, IndexedReferral found, CancellationToken cancellationToken)
    {
        try
        {
            await _table.DeleteEntityAsync(TableKeys.Patient(place), found.Key, new ETag(found.Tag), cancellationToken);
        }
        catch (RequestFailedException other) when (other.Status is 404 or 412)
        {
        }
    }
}

/// <param name="Key">Of its row.</param>
/// <param name="Tag">The store's own tag of the row as it was found.</param>
public sealed record IndexedReferral(Ubrn Ubrn, string Key, string Tag);
