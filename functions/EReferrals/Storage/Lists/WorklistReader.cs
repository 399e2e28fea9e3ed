using System.Runtime.CompilerServices;
using System.Text.Json;
using Azure.Data.Tables;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Lists;

/// <summary>Reads worklists: their heads, entries and change feeds.</summary>
public sealed class WorklistReader(StorageClients storage, TimeProvider clock)
{
    private const int Readings = 3;

    private readonly TableClient _reading = storage.ForReading(TableKeys.Worklists);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Worklists);

    public async Task<WorklistHead> HeadAsync(WorklistName worklist, CancellationToken cancellationToken) =>
        (await _reading.HeadRowAsync(worklist, cancellationToken)).Head;

    /// <summary>Entries in display order, at most <paramref name="limit"/>, after the entry with the sort key <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<ListedEntry>> EntriesAsync(
        WorklistName worklist, WorklistFilter choice, string? after, int limit, CancellationToken cancellationToken)
    {
        var filter = EntryFilter(worklist, choice, after);
        var entries = new List<ListedEntry>();
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, Math.Min(limit, 1000), ["RowKey", "Entry"], cancellationToken))
        {
            entries.Add(new ListedEntry(row.RowKey[TableKeys.EntriesFrom.Length..], row.GetString("Entry")));
            if (entries.Count == limit) break;
        }

        return entries;
    }

    /// <summary>Every list that has ever had an entry.</summary>
    public IAsyncEnumerable<WorklistName> AllAsync(CancellationToken cancellationToken) => AllAsync(after: null, cancellationToken);

    /// <summary>Every list that has ever had an entry, in the order of the names.</summary>
    /// <param name="after">The name of the last list that the caller has; null at the start.</param>
    public async IAsyncEnumerable<WorklistName> AllAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var from = after is null ? "" : TableKeys.ListedWorklist(WorklistName.Parse(after));
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {TableKeys.AllWorklists} and RowKey gt {from}");
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, select: ["Name"], cancellationToken: cancellationToken))
        {
            yield return WorklistName.Parse(row.GetString("Name"));
        }
    }

    /// <summary>The entries that have an overdue mark, or whose next mark is due.</summary>
    public async IAsyncEnumerable<OverdueEntry> OverdueAsync(
        WorklistName worklist, DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = EntryFilter(worklist, WorklistFilter.None, after: null) + TableClient.CreateQueryFilter($" and (Marks gt {0} or NextMark lt {now})");
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, select: ["Entry", "Revision"], cancellationToken: cancellationToken))
        {
            var entry = JsonSerializer.Deserialize(row.GetString("Entry"), StorageJson.Default.WorklistEntry)!;
            yield return new OverdueEntry(entry, row.GetInt32("Revision") ?? 0);
        }
    }

    /// <summary>
    /// The whole list at exactly one version. If the list keeps changing while it is read, the last of three reads is returned with the version
    /// at which that read began; it may then already contain some changes of the next version.
    /// </summary>
    public async Task<WholeList> WholeAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        for (var reading = 1; ; reading++)
        {
            var asOf = clock.GetUtcNow();
            var head = await HeadAsync(worklist, cancellationToken);
            var rows = head.Count == 0 ? [] : await EntriesAsync(worklist, WorklistFilter.None, after: null, limit: int.MaxValue, cancellationToken);
            if (reading < Readings && (await HeadAsync(worklist, cancellationToken)).Version != head.Version) continue;
            // An entry that moved while the pages were read can be on two of them.
            var entries = rows.Select(row => JsonSerializer.Deserialize(row.Json, StorageJson.Default.WorklistEntry)!).DistinctBy(entry => entry.Ubrn);
            return new WholeList(worklist.Organisation, worklist.List, head.Version, asOf, [.. entries]);
        }
    }

    /// <summary>What waits on a list, without reading its entries.</summary>
    public async Task<ListWaits> WaitsAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        var waits = ListWaits.None;
        await foreach (var row in _reading.QueryAsync<TableEntity>(
            EntryFilter(worklist, WorklistFilter.None, after: null), select: ["Received", "Overdue", "Marks"], cancellationToken: cancellationToken))
        {
            // A row that was written before Overdue was stored has only Marks, which counts a due outcome too: rather one too many than one unseen.
            waits = waits.With(row.GetDateTimeOffset("Received"), isOverdue: (row.GetInt32("Overdue") ?? row.GetInt32("Marks")) > 0);
        }

        return waits;
    }

    /// <summary>The batches of changes after a version, oldest first: enough for <paramref name="atLeast"/> changes, or all there are.</summary>
    public async Task<IReadOnlyList<ChangeBatch>> ChangesAsync(
        WorklistName worklist, long afterVersion, int atLeast, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {worklist.ToString()} and RowKey gt {TableKeys.Change(afterVersion)} and RowKey lt {TableKeys.ChangesTo}");
        var batches = new List<ChangeBatch>();
        var found = 0;
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, Math.Min(atLeast, 1000), cancellationToken: cancellationToken))
        {
            var changes = Packed.Get(row, StorageJson.Default.IReadOnlyListListedChange);
            batches.Add(new ChangeBatch(row.GetInt64("Version") ?? 0, changes));
            if ((found += changes.Count) >= atLeast) break;
        }

        return batches;
    }

    /// <summary>The referrals that are or have been on the list, ordered by UBRN.</summary>
    /// <param name="after">The last UBRN of the previous page; null for the first page.</param>
    public async Task<IReadOnlyList<Ubrn>> EverListedAsync(WorklistName worklist, Ubrn? after, int take, CancellationToken cancellationToken)
    {
        var from = after is { } last ? TableKeys.Applied(last) : TableKeys.AppliedFrom;
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {worklist.ToString()} and RowKey gt {from} and RowKey lt {TableKeys.AppliedTo}");
        var ubrns = new List<Ubrn>();
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, Math.Min(take, 1000), ["RowKey"], cancellationToken))
        {
            ubrns.Add(Ubrn.Parse(row.RowKey[TableKeys.AppliedFrom.Length..]));
            if (ubrns.Count == take) break;
        }

        return ubrns;
    }

    /// <summary>Whether any list of this organisation has ever had an entry.</summary>
    public async Task<bool> HasListsAsync(string organisation, CancellationToken cancellationToken)
    {
        var rows = await Task.WhenAll(WorklistRules.ListsOf(organisation).Select(list => _reading.GetEntityIfExistsAsync<TableEntity>(
            TableKeys.AllWorklists, TableKeys.ListedWorklist(list), ["RowKey"], cancellationToken)));
        return rows.Any(row => row.HasValue);
    }

    /// <summary>The version of a referral that the list shows; null when the referral has never been on the list.</summary>
    public async Task<ShownReferral?> ShownAsync(WorklistName worklist, Ubrn ubrn, CancellationToken cancellationToken) =>
        await _writing.AppliedAsync(worklist, ubrn, cancellationToken) is { } applied ? new ShownReferral(applied.Version, applied.EntryKey is not null) : null;

    private static string EntryFilter(WorklistName worklist, WorklistFilter choice, string? after)
    {
        var from = TableKeys.EntriesFrom + after;
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {worklist.ToString()} and RowKey gt {from} and RowKey lt {TableKeys.EntriesTo}");
        if (choice.Service is { } service) filter += TableClient.CreateQueryFilter($" and Service eq {service}");
        if (choice.Specialty is { } specialty) filter += TableClient.CreateQueryFilter($" and Specialty eq {specialty}");
        if (choice.Priority is { } priority) filter += TableClient.CreateQueryFilter($" and Priority eq {Code.From(priority)}");
        if (choice.Clinician is { } clinician) filter += TableClient.CreateQueryFilter($" and Clinician eq {clinician}");
        return filter;
    }
}

/// <param name="Version">The version of the referral that was last applied to the list.</param>
public sealed record ShownReferral(int Version, bool IsListed);

/// <param name="Revision">The revision of its possible duplicates, see <see cref="PossibleDuplicates.Revision"/>.</param>
public sealed record OverdueEntry(WorklistEntry Entry, int Revision);

/// <param name="SortKey">The position in the list. It does not change when other entries join or leave.</param>
/// <param name="Json">The entry as the API shows it.</param>
public sealed record ListedEntry(string SortKey, string Json);
