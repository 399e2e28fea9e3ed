using Azure;
using Azure.Data.Tables;
using EReferrals.Resilience;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Lists;

/// <summary>How often the applications of an organisation polled the worklists of a service on a day: one row for each service, for the latest day.</summary>
public sealed class PollCounts(StorageClients storage)
{
    private const int Tries = 10;

    private readonly TableClient _table = storage.ForWriting(TableKeys.Worklists);

    /// <summary>Adds a poll, unless there were <paramref name="limit"/> already. False when there were.</summary>
    /// <exception cref="ContendedException">Other polls changed the count at each of ten attempts.</exception>
    public async Task<bool> TryAddAsync(string organisation, string service, DateOnly day, int limit, CancellationToken cancellationToken)
    {
        var (partition, key, today) = (TableKeys.PollsOf(organisation), TableKeys.Polls(organisation, service), day.DayNumber);
        RequestFailedException? last = null;
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            var found = await _table.GetEntityIfExistsAsync<TableEntity>(partition, key, cancellationToken: cancellationToken);
            var count = found.HasValue && found.Value!.GetInt32("Day") == today ? found.Value.GetInt32("Count") ?? 0 : 0;
            if (count >= limit) return false;
            var row = new TableEntity(partition, key) { ["Day"] = today, ["Count"] = count + 1 };
            try
            {
                if (found.HasValue) await _table.UpdateEntityAsync(row, found.Value!.ETag, TableUpdateMode.Replace, cancellationToken);
                else await _table.AddEntityAsync(row, cancellationToken);
                return true;
            }
            catch (RequestFailedException ex) when (ex.Status is 409 or 412)
            {
                // Another poll was counted first.
                last = ex;
            }
        }

        throw new ContendedException(last!);
    }
}
