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
    public Task<bool> TryAddAsync(string organisation, string service, DateOnly day, int limit, CancellationToken cancellationToken) =>
        TryChangeAsync(organisation, service, day, count => count < limit ? count + 1 : null, cancellationToken);

    /// <summary>Takes one poll of this day back. False when there is none.</summary>
    /// <exception cref="ContendedException">Other polls changed the count at each of ten attempts.</exception>
    public Task<bool> TryTakeBackAsync(string organisation, string service, DateOnly day, CancellationToken cancellationToken) =>
        TryChangeAsync(organisation, service, day, count => count > 0 ? count - 1 : null, cancellationToken);

    // Changes nothing when there is no new count.
    private async Task<bool> TryChangeAsync(string organisation, string service, DateOnly day, Func<int, int?> change, CancellationToken cancellationToken)
    {
        var (partition, key, today) = (TableKeys.PollsOf(organisation), TableKeys.Polls(organisation, service), day.DayNumber);
        RequestFailedException? last = null;
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            var found = await _table.GetEntityIfExistsAsync<TableEntity>(partition, key, cancellationToken: cancellationToken);
            var count = found.HasValue && found.Value!.GetInt32("Day") == today ? found.Value.GetInt32("Count") ?? 0 : 0;
            if (change(count) is not { } changed) return false;
            var row = new TableEntity(partition, key) { ["Day"] = today, ["Count"] = changed };
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
