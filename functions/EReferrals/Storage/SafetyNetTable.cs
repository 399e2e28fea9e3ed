using Azure.Data.Tables;

namespace EReferrals.Storage;

/// <summary>How many referrals were overdue at the last sweep: one row, whatever the number of worklists.</summary>
public sealed class SafetyNetTable(StorageClients storage)
{
    private readonly TableClient _reading = storage.ForReading(TableKeys.Worklists);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Worklists);

    public Task SaveAsync(SafetyNetCounts counts, CancellationToken cancellation)
    {
        var row = new TableEntity(TableKeys.SafetyNet, TableKeys.SafetyNet)
        {
            ["At"] = counts.AsOf,
            ["TwoWeekWait"] = counts.TwoWeekWaitNotReviewed,
            ["Urgent"] = counts.UrgentNotReviewed,
            ["Letters"] = counts.LettersOverdue,
        };
        return _writing.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellation);
    }

    /// <summary>Null before the first sweep.</summary>
    public async Task<SafetyNetCounts?> FindAsync(CancellationToken cancellation)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(TableKeys.SafetyNet, TableKeys.SafetyNet, cancellationToken: cancellation);
        return row.HasValue
            ? new SafetyNetCounts(
                row.Value!.GetDateTimeOffset("At") ?? default,
                row.Value.GetInt32("TwoWeekWait") ?? 0,
                row.Value.GetInt32("Urgent") ?? 0,
                row.Value.GetInt32("Letters") ?? 0)
            : null;
    }
}

/// <summary>How many referrals have waited too long, each counted once for what it waits for.</summary>
public sealed record SafetyNetCounts(DateTimeOffset AsOf, int TwoWeekWaitNotReviewed, int UrgentNotReviewed, int LettersOverdue);
