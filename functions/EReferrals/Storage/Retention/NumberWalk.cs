using System.Globalization;
using Azure.Data.Tables;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Retention;

/// <summary>
/// Walks over every number that was ever reserved, range by range, the newest range first. Every referral is found: its number comes from a range.
/// </summary>
public sealed class NumberWalk(StorageClients storage)
{
    private const int RangesAtOnce = 20;

    private readonly TableClient _table = storage.ForReading(TableKeys.Allocator);

    /// <summary>The next numbers; null at the end.</summary>
    /// <param name="place">The <see cref="NumberPage.Next"/> of the previous page; null at the start.</param>
    /// <param name="reservedBefore">Skips ranges that were reserved later.</param>
    public async Task<NumberPage?> NextAsync(string? place, int size, DateTimeOffset reservedBefore, CancellationToken cancellationToken)
    {
        var (first, next) = place?.Split('-') is [var from, var number] ? (Parse(from), Parse(number)) : (Ubrn.SequenceEnd, -1);
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {TableKeys.Ubrns} and RowKey ge {TableKeys.RangeHolding(first)} and RowKey lt {TableKeys.RangesTo}");
        await foreach (var row in _table.QueryAsync<TableEntity>(filter, RangesAtOnce, cancellationToken: cancellationToken))
        {
            var (begin, end) = (TableKeys.FirstOfRange(row.RowKey), row.GetInt64("End") ?? 0);
            if (!(row.GetDateTimeOffset("At") < reservedBefore)) continue;
            var start = begin == first ? next : begin;
            if (start >= end) continue;
            var stop = Math.Min(end, start + size);
            return new NumberPage(
                Ubrn.FromSequence(start), Ubrn.FromSequence(stop - 1), string.Create(CultureInfo.InvariantCulture, $"{begin}-{stop}"));
        }

        return null;
    }

    private static long Parse(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}

/// <param name="Next">The place of the next page.</param>
public sealed record NumberPage(Ubrn First, Ubrn Last, string Next);
