using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals;

namespace EReferrals.Storage;

/// <summary>
/// Which UBRN an idempotency key stands for, kept 7 days. Intake records a key before it sends; processing claims it. Only a claim proves
/// that a submission with that UBRN is really on its way, so that only then another UBRN may become its alias.
/// </summary>
public sealed class IdempotencyTable(StorageClients storage, TimeProvider clock)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    private readonly TableClient _table = storage.ForWriting(TableKeys.Idempotency);

    public async Task<KeyRecord?> FindAsync(string organisation, Idempotency key, CancellationToken cancellation)
    {
        var row = await _table.GetEntityIfExistsAsync<TableEntity>(organisation, TableKeys.Key(key.KeyHash), cancellationToken: cancellation);
        return row.HasValue && Read(row.Value!) is var record && clock.GetUtcNow() - record.At < Kept ? record : null;
    }

    /// <summary>Records the key for this UBRN, or answers what it stands for already.</summary>
    public async Task<KeyRecord> RecordAsync(string organisation, Idempotency key, Ubrn ubrn, CancellationToken cancellation)
    {
        while (true)
        {
            var mine = new KeyRecord(ubrn, key.BodyHash, Claimed: false, clock.GetUtcNow(), Tag: "");
            if (await TryAddAsync(organisation, key, mine, cancellation)) return mine;
            if (await FindRowAsync(organisation, key, cancellation) is not { } other) continue;
            if (clock.GetUtcNow() - other.At < Kept) return other;
            if (await TryReplaceAsync(organisation, key, other, mine, cancellation)) return mine;
        }
    }

    /// <summary>
    /// Claims the key for a submission that is being processed, or answers which other submission has claimed it. Two submissions with one
    /// key (accepted while this table was out of reach) can never both claim it, whatever stops where.
    /// </summary>
    public async Task<KeyRecord> ClaimAsync(string organisation, Idempotency key, Ubrn ubrn, CancellationToken cancellation)
    {
        while (true)
        {
            var mine = new KeyRecord(ubrn, key.BodyHash, Claimed: true, clock.GetUtcNow(), Tag: "");
            var current = await FindRowAsync(organisation, key, cancellation);
            if (current is null)
            {
                if (await TryAddAsync(organisation, key, mine, cancellation)) return mine;
            }
            else if (current.Claimed)
            {
                return current;
            }
            else if (await TryReplaceAsync(organisation, key, current, mine, cancellation))
            {
                return mine;
            }
        }
    }

    private async Task<KeyRecord?> FindRowAsync(string organisation, Idempotency key, CancellationToken cancellation)
    {
        var row = await _table.GetEntityIfExistsAsync<TableEntity>(organisation, TableKeys.Key(key.KeyHash), cancellationToken: cancellation);
        return row.HasValue ? Read(row.Value!) : null;
    }

    private async Task<bool> TryAddAsync(string organisation, Idempotency key, KeyRecord record, CancellationToken cancellation)
    {
        try
        {
            await _table.AddEntityAsync(Row(organisation, key, record), cancellation);
            return true;
        }
        catch (RequestFailedException exists) when (exists.Status == 409)
        {
            return false;
        }
    }

    private async Task<bool> TryReplaceAsync(
        string organisation, Idempotency key, KeyRecord current, KeyRecord next, CancellationToken cancellation)
    {
        try
        {
            await _table.UpdateEntityAsync(Row(organisation, key, next), new ETag(current.Tag), TableUpdateMode.Replace, cancellation);
            return true;
        }
        catch (RequestFailedException changed) when (changed.Status is 404 or 412)
        {
            return false;
        }
    }

    private static TableEntity Row(string organisation, Idempotency key, KeyRecord record) =>
        new(organisation, TableKeys.Key(key.KeyHash))
        {
            ["Ubrn"] = record.Ubrn.ToString(),
            ["BodyHash"] = record.BodyHash,
            ["Claimed"] = record.Claimed,
            ["At"] = record.At,
        };

    private static KeyRecord Read(TableEntity row) => new(
        Ubrn.Parse(row.GetString("Ubrn")),
        row.GetString("BodyHash"),
        row.GetBoolean("Claimed") ?? false,
        row.GetDateTimeOffset("At") ?? DateTimeOffset.MinValue,
        row.ETag.ToString());
}

public sealed record KeyRecord(Ubrn Ubrn, string BodyHash, bool Claimed, DateTimeOffset At, string Tag);
