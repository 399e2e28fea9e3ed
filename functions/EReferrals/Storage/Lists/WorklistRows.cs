using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Lists;

/// <summary>The rows that both readers and writers of a worklist look at.</summary>
internal static class WorklistRows
{
    public static async Task<HeadRow> HeadRowAsync(this TableClient table, WorklistName worklist, CancellationToken cancellationToken)
    {
        var row = await table.GetEntityIfExistsAsync<TableEntity>(
            worklist.ToString(), TableKeys.Head(worklist), cancellationToken: cancellationToken);
        return row.HasValue
            ? new HeadRow(new WorklistHead(row.Value!.GetInt64("Version") ?? 0, row.Value.GetInt32("Count") ?? 0), row.Value.ETag)
            : new HeadRow(WorklistHead.Empty, default);
    }

    /// <summary>The change that was last applied for a referral; null when there was none.</summary>
    public static async Task<AppliedChange?> AppliedAsync(this TableClient table, WorklistName worklist, Ubrn ubrn, CancellationToken cancellationToken)
    {
        var row = await table.GetEntityIfExistsAsync<TableEntity>(worklist.ToString(), TableKeys.Applied(ubrn), cancellationToken: cancellationToken);
        return row.HasValue
            ? new AppliedChange(
                row.Value!.GetInt32("Version") ?? 0, row.Value.GetInt32("Revision") ?? 0, row.Value.GetInt32("Marks") ?? 0, row.Value.GetString("EntryKey"))
            : null;
    }

    /// <summary>The oldest rows of the change feed that were written before an instant, oldest first.</summary>
    /// <param name="columns">The columns that the caller needs; null for all.</param>
    public static async Task<IReadOnlyList<TableEntity>> ChangesBeforeAsync(
        this TableClient table,
        WorklistName worklist,
        DateTimeOffset before,
        int limit,
        IReadOnlyList<string>? columns,
        CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {worklist.ToString()} and RowKey ge {TableKeys.Change(0)} and RowKey lt {TableKeys.ChangesTo}");
        var old = new List<TableEntity>();
        await foreach (var row in table.QueryAsync<TableEntity>(filter, Math.Min(limit, 1000), columns, cancellationToken))
        {
            if (!(row.GetDateTimeOffset("At") < before) || old.Count == limit) break;
            old.Add(row);
        }

        return old;
    }
}
