using Azure.Data.Tables;
using Azure;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;

namespace EReferrals.Storage.Tables;

/// <summary>
/// The transfers of organisations: one row with all ordered transfers (the register), one row for the progress of each, and one for each referral that
/// could not be moved. A transfer is ordered once it is in the register; a progress row without it is from an incomplete order.
/// </summary>
public sealed class TransferTable(StorageClients storage)
{
    private const int MaxAttempts = 8;
    private const string WhyColumn = "Why";
    private const string UbrnColumn = "Ubrn";

    private readonly TableClient _reading = storage.ForReading(TableKeys.Services);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Services);

    public async Task<Successions> RegisterAsync(CancellationToken cancellationToken) => (await RegisterAsync(_reading, cancellationToken)).Successions;

    /// <summary>Changes the register and returns it.</summary>
    /// <param name="change">
    /// Computes the new register; null means no change. May run several times, also on a register that already has the change, from an attempt whose
    /// response was lost.
    /// </param>
    /// <exception cref="ContendedException">Other writers changed the register in every attempt.</exception>
    public async Task<Successions> ChangeAsync(Func<Successions, IReadOnlyList<Succession>?> change, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (before, tag) = await RegisterAsync(_writing, cancellationToken);
            if (change(before) is not { } after) return before;
            var row = new TableEntity(TableKeys.Transfers, TableKeys.TransferRegister);
            Packed.Set(row, after, StorageJson.Default.IReadOnlyListSuccession);
            try
            {
                if (tag == default) await _writing.AddEntityAsync(row, cancellationToken);
                else await _writing.UpdateEntityAsync(row, tag, TableUpdateMode.Replace, cancellationToken);
                return new Successions(after);
            }
            catch (RequestFailedException ex) when (ex.Status is 409 or 412)
            {
                // Another writer changed the register first: read it again and apply the change to that.
                if (attempt == MaxAttempts) throw new ContendedException(ex);
            }
        }
    }

    public async Task<StoredTransfer?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(TableKeys.Transfers, TableKeys.Transfer(id), cancellationToken: cancellationToken);
        return row.HasValue ? StoredOf(row.Value!) : null;
    }

    /// <summary>The progress of all transfers, by id.</summary>
    public async Task<IReadOnlyDictionary<string, Transfer>> AllAsync(CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {TableKeys.Transfers} and RowKey ge {TableKeys.TransfersFrom} and RowKey lt {TableKeys.TransfersTo}");
        var all = new Dictionary<string, Transfer>(StringComparer.Ordinal);
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
        {
            var transfer = StoredOf(row).Transfer;
            all[transfer.Id] = transfer;
        }

        return all;
    }

    /// <summary>Writes the initial progress of a transfer. Overwrites earlier progress of the same transfer.</summary>
    public Task BeginAsync(Transfer transfer, CancellationToken cancellationToken) =>
        _writing.UpsertEntityAsync(RowOf(transfer), TableUpdateMode.Replace, cancellationToken);

    /// <summary>The saved progress; null when another worker saved progress first.</summary>
    public async Task<StoredTransfer?> SaveAsync(StoredTransfer before, Transfer after, CancellationToken cancellationToken)
    {
        try
        {
            var saved = await _writing.UpdateEntityAsync(RowOf(after), new ETag(before.Tag), TableUpdateMode.Replace, cancellationToken);
            return new StoredTransfer(after, (saved.Headers.ETag ?? default).ToString());
        }
        catch (RequestFailedException ex) when (ex.Status == 412)
        {
            return null;
        }
    }

    public Task NoteFailureAsync(string id, FailedMove failure, CancellationToken cancellationToken)
    {
        var row = new TableEntity(TableKeys.FailuresOf(id), TableKeys.Failure(id, failure.Ubrn))
        {
            [UbrnColumn] = failure.Ubrn.ToString(),
            [WhyColumn] = failure.Why,
        };
        return _writing.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>Removes the failure of a referral that was moved later. Idempotent.</summary>
    public async Task ForgetFailureAsync(string id, Ubrn ubrn, CancellationToken cancellationToken) =>
        await _writing.DeleteEntityAsync(TableKeys.FailuresOf(id), TableKeys.Failure(id, ubrn), ETag.All, cancellationToken);

    public async Task<IReadOnlyList<FailedMove>> FailuresAsync(string id, int most, CancellationToken cancellationToken)
    {
        var failures = new List<FailedMove>();
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {TableKeys.FailuresOf(id)}");
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, Math.Min(most, 1000), cancellationToken: cancellationToken))
        {
            failures.Add(new FailedMove(Ubrn.Parse(row.GetString(UbrnColumn)), row.GetString(WhyColumn)));
            if (failures.Count == most) break;
        }

        return failures;
    }

    private static async Task<(Successions Successions, ETag Tag)> RegisterAsync(TableClient table, CancellationToken cancellationToken)
    {
        var row = await table.GetEntityIfExistsAsync<TableEntity>(TableKeys.Transfers, TableKeys.TransferRegister, cancellationToken: cancellationToken);
        return row.HasValue
            ? (new Successions(Packed.Get(row.Value!, StorageJson.Default.IReadOnlyListSuccession)), row.Value!.ETag)
            : (Successions.None, default);
    }

    private static TableEntity RowOf(Transfer transfer)
    {
        var row = new TableEntity(TableKeys.Transfers, TableKeys.Transfer(transfer.Id));
        Packed.Set(row, transfer, StorageJson.Default.Transfer);
        return row;
    }

    private static StoredTransfer StoredOf(TableEntity row) => new(Packed.Get(row, StorageJson.Default.Transfer), row.ETag.ToString());
}
