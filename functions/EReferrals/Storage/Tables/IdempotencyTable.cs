using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Tables;

/// <summary>
/// The use of each idempotency key of an organisation, kept for 7 days: a submission, a command on one referral, or an upload. Intake records a key before
/// it sends the message; processing claims it. Only a claim proves that the submission with that UBRN was sent, so only then may another UBRN become
/// its alias.
/// </summary>
public sealed class IdempotencyTable(StorageClients storage, TimeProvider clock)
{
    private static readonly TimeSpan Retention = TimeSpan.FromDays(7);

    private readonly TableClient _table = storage.ForWriting(TableKeys.Idempotency);

    public async Task<KeyRecord?> FindAsync(string organisation, Idempotency key, CancellationToken cancellationToken)
    {
        var row = await _table.GetEntityIfExistsAsync<TableEntity>(organisation, TableKeys.Key(key.KeyHash), cancellationToken: cancellationToken);
        return row.HasValue && Read(row.Value!) is var record && clock.GetUtcNow() - record.At < Retention ? record : null;
    }

    /// <summary>Records the key for this UBRN, or returns its earlier use.</summary>
    public Task<KeyRecord> RecordAsync(string organisation, Idempotency key, Ubrn ubrn, CancellationToken cancellationToken) =>
        RecordAsync(organisation, key, new KeyRecord(ubrn, key.BodyHash, Claimed: false, clock.GetUtcNow(), Tag: ""), cancellationToken);

    /// <summary>Records the key for this attachment, or returns its earlier use.</summary>
    public Task<KeyRecord> RecordAsync(string organisation, Idempotency key, string attachment, CancellationToken cancellationToken) =>
        RecordAsync(
            organisation, key, new KeyRecord(null, key.BodyHash, Claimed: false, clock.GetUtcNow(), Tag: "") { Attachment = attachment }, cancellationToken);

    /// <summary>
    /// Reserves the key for one operation, so that it cannot be used for another. The outcome of the operation is saved with the referral, not here.
    /// False when the key is already used for something else.
    /// </summary>
    public async Task<bool> ReserveAsync(string organisation, Idempotency key, CancellationToken cancellationToken)
    {
        if (key.OperationHash is not { } operation) return true;
        var newRecord = new KeyRecord(null, operation, Claimed: false, clock.GetUtcNow(), Tag: "");
        return (await RecordAsync(organisation, key, newRecord, cancellationToken)).BodyHash == operation;
    }

    private async Task<KeyRecord> RecordAsync(string organisation, Idempotency key, KeyRecord newRecord, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await TryAddAsync(organisation, key, newRecord, cancellationToken)) return newRecord;
            if (await FindRowAsync(organisation, key, cancellationToken) is not { } other) continue;
            if (newRecord.At - other.At < Retention) return other;
            if (await TryReplaceAsync(organisation, key, other, newRecord, cancellationToken)) return newRecord;
        }
    }

    /// <summary>
    /// Claims the key for a submission that is being processed, or returns the claim of another submission. Of two submissions with one key (accepted
    /// while this table was unreachable) only one can claim it, even when a process stops at any point.
    /// </summary>
    public async Task<KeyRecord> ClaimAsync(string organisation, Idempotency key, Ubrn ubrn, CancellationToken cancellationToken)
    {
        while (true)
        {
            var newRecord = new KeyRecord(ubrn, key.BodyHash, Claimed: true, clock.GetUtcNow(), Tag: "");
            var current = await FindRowAsync(organisation, key, cancellationToken);
            if (current is null)
            {
                if (await TryAddAsync(organisation, key, newRecord, cancellationToken)) return newRecord;
            }
            else if (current.Claimed)
            {
                return current;
            }
            else if (current.Ubrn is null)
            {
                // The key is used for a command or an upload, and the submission was accepted while this table was unreachable. It becomes a separate
                // referral.
                return newRecord;
            }
            else if (await TryReplaceAsync(organisation, key, current, newRecord, cancellationToken))
            {
                return newRecord;
            }
        }
    }

    private async Task<KeyRecord?> FindRowAsync(string organisation, Idempotency key, CancellationToken cancellationToken)
    {
        var row = await _table.GetEntityIfExistsAsync<TableEntity>(organisation, TableKeys.Key(key.KeyHash), cancellationToken: cancellationToken);
        return row.HasValue ? Read(row.Value!) : null;
    }

    private async Task<bool> TryAddAsync(string organisation, Idempotency key, KeyRecord record, CancellationToken cancellationToken)
    {
        try
        {
            await _table.AddEntityAsync(Row(organisation, key, record), cancellationToken);
            return true;
        }
        catch (RequestFailedException ex) when (ex.Status == 409)
        {
            return false;
        }
    }

    private async Task<bool> TryReplaceAsync(
        string organisation, Idempotency key, KeyRecord current, KeyRecord next, CancellationToken cancellationToken)
    {
        try
        {
            await _table.UpdateEntityAsync(Row(organisation, key, next), new ETag(current.Tag), TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException ex) when (ex.Status is 404 or 412)
        {
            return false;
        }
    }

    private static TableEntity Row(string organisation, Idempotency key, KeyRecord record)
    {
        var row = new TableEntity(organisation, TableKeys.Key(key.KeyHash))
        {
            ["BodyHash"] = record.BodyHash,
            ["Claimed"] = record.Claimed,
            ["At"] = record.At,
        };
        if (record.Ubrn is { } ubrn) row["Ubrn"] = ubrn.ToString();
        if (record.Attachment is { } attachment) row["Attachment"] = attachment;
        return row;
    }

    private static KeyRecord Read(TableEntity row) => new(
        row.GetString("Ubrn") is { } ubrn ? Ubrn.Parse(ubrn) : null,
        row.GetString("BodyHash"),
        row.GetBoolean("Claimed") ?? false,
        row.GetDateTimeOffset("At") ?? DateTimeOffset.MinValue,
        row.ETag.ToString())
    {
        Attachment = row.GetString("Attachment"),
    };
}
