using Azure.Data.Tables;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Lists;

/// <summary>The number of overdue referrals at the last sweep: one row for all worklists.</summary>
public sealed class SafetyNetTable(StorageClients storage)
{
    private readonly TableClient _reading = storage.ForReading(TableKeys.Worklists);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Worklists);

    public Task SaveAsync(SafetyNetCounts counts, CancellationToken cancellationToken)
    {
        var row = new TableEntity(TableKeys.SafetyNet, TableKeys.SafetyNet)
        {
            ["At"] = counts.AsOf,
            ["TwoWeekWait"] = counts.TwoWeekWaitNotReviewed,
            ["Urgent"] = counts.UrgentNotReviewed,
            ["Letters"] = counts.LettersOverdue,
            ["Routine"] = counts.RoutineNotReviewed,
            ["NotBooked"] = counts.NotBooked,
            ["WithoutOutcome"] = counts.WithoutOutcome,
            ["NotActedOn"] = counts.NotActedOn,
            ["FilesNotScanned"] = counts.FilesNotScanned,
        };
        return _writing.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>Null before the first sweep.</summary>
    public async Task<SafetyNetCounts?> FindAsync(CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(TableKeys.SafetyNet, TableKeys.SafetyNet, cancellationToken: cancellationToken);
        return row.HasValue
            ? new SafetyNetCounts(
                row.Value!.GetDateTimeOffset("At") ?? default,
                row.Value.GetInt32("TwoWeekWait") ?? 0,
                row.Value.GetInt32("Urgent") ?? 0,
                row.Value.GetInt32("Letters") ?? 0)
            {
                RoutineNotReviewed = row.Value.GetInt32("Routine") ?? 0,
                NotBooked = row.Value.GetInt32("NotBooked") ?? 0,
                WithoutOutcome = row.Value.GetInt32("WithoutOutcome") ?? 0,
                NotActedOn = row.Value.GetInt32("NotActedOn") ?? 0,
                FilesNotScanned = row.Value.GetInt32("FilesNotScanned") ?? 0,
            }
            : null;
    }
}
