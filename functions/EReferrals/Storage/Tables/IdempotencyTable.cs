using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Tables;

/// <summary>
/// What an idempotency key of an organisation stands for, kept 7 days: a submission, a command on one referral, or an upload. Intake records a key
/// before it sends; processing claims it. Only a claim proves that a submission with that UBRN is really on its way, so that only then another
/// UBRN may become its alias.
/// </summary>
public sealed class IdempotencyTable(StorageClients storage, TimeProvider clock)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    private readonly TableClient _table = storage.ForWriting(TableKeys.Idempotency);

    public async Task<KeyRecord?> FindAsync(string organisation, Idempotency key, CancellationToken cancellationToken)
    {
        var row = await _table.GetEntityIfExistsAsync<TableEntity>(organisation, TableKeys.Key(key.KeyHash), cancellationToken: cancellationToken);
        return row.HasValue && Read(row.Value!) is var record && clock.GetUtcNow() - record.At < Kept ? record : null;
    }

    /// <summary>Records the key for this UBRN, or answers what it stands for already.</summary>
    public Task<KeyRecord> RecordAsync(string organisation, Idempotency key, Ubrn ubrn, CancellationToken cancellationToken) =>
        RecordAsync(organisation, key, new KeyRecord(ubrn, key.BodyHash, Claimed: false, clock.GetUtcNow(), Tag: ""), cancellationToken);

    /// <summary>Records the key for this attachment, or answers what it stands for already.</summary>
    public Task<KeyRecord> RecordAsync(string organisation, Idempotency key, string attachment, CancellationToken cancellationToken) =>
        RecordAsync(organisation, key, new KeyRecord(null, key.BodyHash, Claimed: false, clock.GetUtcNow(), Tag: "") { Attachment = attachment }, cancellationToken);

    /// <summary>
    /// Keeps the key for what it is used for here. What came of it stands with the referral, saved with its change; this only keeps it from being
    /// used elsewhere. False when it stands for something else.
    /// </summary>
    public async Task<bool> ReserveAsync(string organisation, Idempotency key, CancellationToken cancellationToken)
    {
        if (key.OperationHash is not { } operation) return true;
        var mine = new KeyRecord(null, operation, Claimed: false, clock.GetUtcNow(), Tag: "");
        return (await RecordAsync(organisation, key, mine, cancellationToken)).BodyHash == operation;
    }

    private async Task<KeyRecord> RecordAsync(string organisation, Idempotency key, KeyRecord mine, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await TryAddAsync(organisation, key, mine, cancellationToken)) return mine;
            if (await FindRowAsync(organisation, key, cancellationToken) is not { } other) continue;
            if (mine.At - other.At < Kept) return other;
            if (await TryReplaceAsync(organisation, key, other, mine, cancellationToken)) return mine;
        }
    }

    /// <summary>
    /// Claims the key for a submission that is being processed, or answers which other submission has claimed it. Two submissions with one
    /// key (accepted while this table was out of reach) can never both claim it, whatever stops where.
    /// </summary>
    public async Task<KeyRecord> ClaimAsync(string organisation, Idempotency key, Ubrn ubrn, CancellationToken cancellationToken)
    {
        while (true)
        {
            var mine = new KeyRecord(ubrn, key.BodyHash, Claimed: true, clock.GetUtcNow(), Tag: "");
            var current = await FindRowAsync(organisation, key, cancellationToken);
            if (current is null)
            {
                if (await TryAddAsync(organisation, key, mine, cancellationToken)) return mine;
            }
            else if (current.Claimed)
            {
                return current;
            }
            else if (current.Ubrn is null)
            {
                // It stands for a command or an upload: accepted while that could not be seen, the submission is a referral of its own.
                return mine;
            }
            else if (await TryReplaceAsync(organisation, key, current, mine, cancellationToken))
            {
                return mine;
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

/// <param name="Ubrn">Null when the key does not stand for a submission.</param>
/// <param name="BodyHash">Of the request that used it first; of a command only what it was and on what.</param>
public sealed record KeyRecord(Ubrn? Ubrn, string BodyHash, bool Claimed, DateTimeOffset At, string Tag)
{
    /// <summary>The id of the attachment that the key stands for.</summary>
    public string? Attachment { get; init; }
}
