using System.Runtime.CompilerServices;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Lists;

/// <summary>
/// One partition a worklist: its head (version and count), its entries in display order, what was last applied for each referral, and the
/// change feed. Everything that a batch of changes does to a list is one transaction that also moves the head, so that readers never see
/// half of it and a lost race is noticed.
/// </summary>
public sealed class WorklistTable(StorageClients storage, SafetyNetRules net, TimeProvider clock)
{
    /// <summary>At most 100 rows a transaction: three for each change, one for the feed, one for the head.</summary>
    public const int ChangesPerTransaction = 25;

    private const int FeedRowsDroppedAtOnce = 90;
    private const int DropFeedEvery = 64;
    private const int Readings = 3;

    // Ten pauses are three seconds at most: a batch of four transactions ends within the lock of its messages.
    private const int Tries = 11;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the change feed can be followed.</summary>
    public static readonly TimeSpan FeedKept = TimeSpan.FromDays(7);

    private readonly TableClient _reading = storage.ForReading(TableKeys.Worklists);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Worklists);

    public async Task<WorklistHead> HeadAsync(WorklistName worklist, CancellationToken cancellationToken) =>
        (await HeadRowAsync(_reading, worklist, cancellationToken)).Head;

    /// <summary>Entries in display order, at most <paramref name="limit"/>, after the entry with the sort key <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<ListedEntry>> EntriesAsync(
        WorklistName worklist, WorklistFilter wanted, string? after, int limit, CancellationToken cancellationToken)
    {
        var filter = EntryFilter(worklist, wanted, after);
        var entries = new List<ListedEntry>();
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, Math.Min(limit, 1000), ["RowKey", "Entry"], cancellationToken))
        {
            entries.Add(new ListedEntry(row.RowKey[TableKeys.EntriesFrom.Length..], row.GetString("Entry")));
            if (entries.Count == limit) break;
        }

        return entries;
    }

    /// <summary>Every list that anything ever stood on.</summary>
    public async IAsyncEnumerable<WorklistName> AllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {TableKeys.AllWorklists}");
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, select: ["Name"], cancellationToken: cancellationToken))
        {
            yield return WorklistName.Parse(row.GetString("Name"));
        }
    }

    /// <summary>The entries that have a mark of the safety net, or whose next one has fallen due.</summary>
    public async IAsyncEnumerable<OverdueEntry> OverdueAsync(
        WorklistName worklist, DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = EntryFilter(worklist, WorklistFilter.None, after: null) + TableClient.CreateQueryFilter($" and (Marks gt {0} or NextMark lt {now})");
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, select: ["Entry", "Revision"], cancellationToken: cancellationToken))
        {
            yield return new OverdueEntry(JsonSerializer.Deserialize(row.GetString("Entry"), StorageJson.Default.WorklistEntry)!, row.GetInt32("Revision") ?? 0);
        }
    }

    /// <summary>
    /// The whole list exactly as it stands at one version. A list that changes faster than it can be read is given with the version at which
    /// the last reading began: it may then show some changes that the next version brings.
    /// </summary>
    public async Task<WholeList> WholeAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        for (var reading = 1; ; reading++)
        {
            var asOf = clock.GetUtcNow();
            var head = await HeadAsync(worklist, cancellationToken);
            var rows = head.Count == 0 ? [] : await EntriesAsync(worklist, WorklistFilter.None, after: null, limit: int.MaxValue, cancellationToken);
            if (reading < Readings && (await HeadAsync(worklist, cancellationToken)).Version != head.Version) continue;
            // An entry whose place changed between two pages of the reading stands in both.
            var entries = rows.Select(row => JsonSerializer.Deserialize(row.Json, StorageJson.Default.WorklistEntry)!).DistinctBy(entry => entry.Ubrn);
            return new WholeList(worklist.Organisation, worklist.List, head.Version, asOf, [.. entries]);
        }
    }

    /// <summary>When the entry that came first was received; null for an empty list.</summary>
    public async Task<DateTimeOffset?> OldestAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        DateTimeOffset? oldest = null;
        await foreach (var row in _reading.QueryAsync<TableEntity>(
            EntryFilter(worklist, WorklistFilter.None, after: null), select: ["Received"], cancellationToken: cancellationToken))
        {
            if (row.GetDateTimeOffset("Received") is { } received && !(received >= oldest)) oldest = received;
        }

        return oldest;
    }

    /// <summary>The batches of changes after a version, oldest first, until at least <paramref name="atLeast"/> changes are there.</summary>
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

    /// <summary>The referrals that ever stood on the list, whether or not they still do, in the order of their numbers.</summary>
    /// <param name="after">The number that the reader has come to; null at the start.</param>
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

    /// <summary>Whether anything ever stood on a list of this organisation.</summary>
    public async Task<bool> HasListsAsync(string organisation, CancellationToken cancellationToken)
    {
        var rows = await Task.WhenAll(WorklistRules.ListsOf(organisation).Select(list => _reading.GetEntityIfExistsAsync<TableEntity>(
            TableKeys.AllWorklists, TableKeys.ListedWorklist(list), ["RowKey"], cancellationToken)));
        return rows.Any(row => row.HasValue);
    }

    /// <summary>What the list shows of a referral; null when it never had it.</summary>
    public async Task<ShownReferral?> ShownAsync(WorklistName worklist, Ubrn ubrn, CancellationToken cancellationToken) =>
        await AppliedAsync(worklist, ubrn, cancellationToken) is { } applied ? new ShownReferral(applied.Version, applied.EntryKey is not null) : null;

    /// <summary>
    /// Applies the changes that are newer than what the list has; the others are repeats or came late, and change nothing. Several consumers
    /// may do so at a time: who finds the head moved begins again. Answers the head as it is afterwards.
    /// </summary>
    /// <exception cref="ContendedException">Others were first each time.</exception>
    public async Task<WorklistHead> ApplyAsync(WorklistName worklist, IEnumerable<WorklistChange> changes, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var newest = ListUpdate.Newest(changes.Select(change => change.Entry is null ? change : change with { Entry = net.Marked(change.Entry, now) }));
        var head = await HeadRowAsync(_writing, worklist, cancellationToken);
        foreach (var chunk in newest.Chunk(ChangesPerTransaction)) head = await ApplyChunkAsync(worklist, head, chunk, cancellationToken);
        return head.Head;
    }

    private async Task<HeadRow> ApplyChunkAsync(WorklistName worklist, HeadRow head, WorklistChange[] changes, CancellationToken cancellationToken)
    {
        // A first version of which nothing more is known yet is, as a rule, new to the list: it is added without asking, and the conflict tells when it was not.
        var questions = changes.Where(change => change.Version > 1 || change.Revision > 1);
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await SubmitAsync(worklist, head, changes, await AppliedAsync(worklist, questions, cancellationToken), cancellationToken);
            }
            catch (RequestFailedException ex) when (MayBeRace(ex))
            {
                // Where not all was asked a conflict is, as a rule, no race: a first version came again.
                var askedAll = ReferenceEquals(questions, changes);
                // Real time: the other consumer is at work now, whatever the service's clock says.
                if (askedAll || ex.Status == 412) await Task.Delay(PauseAfter(tries), TimeProvider.System, cancellationToken);
                // Everything that the next try decides from is read after this head, the changes of the winner included. If the transaction had
                // been committed and only its answer was lost, they are found to be on the list.
                var moved = await HeadRowAsync(_writing, worklist, cancellationToken);
                var wasRace = moved.Tag != head.Tag;
                // All was asked and nobody was first: this will be refused however often it is tried.
                if (!wasRace && askedAll) throw;
                if (tries == Tries) throw new ContendedException(ex);
                (head, questions) = (moved, changes);
            }
        }
    }

    // 412 from the head, 409 from it when it is the list's first; the store does not promise which row of a transaction it refuses, and an entry
    // that the winner has moved is not there to be deleted.
    private static bool MayBeRace(RequestFailedException conflict) => conflict is { Status: 409 or 412 } or { Status: 404, ErrorCode: "ResourceNotFound" };

    private static TimeSpan PauseAfter(int tries)
    {
        var longest = Math.Min(LongestPause.TotalMilliseconds, FirstPause.TotalMilliseconds * Math.Pow(2, tries - 1));
        // Anything up to it, so that those who lost together do not come back together.
        return TimeSpan.FromMilliseconds(longest * Random.Shared.NextDouble());
    }

    private async Task<HeadRow> SubmitAsync(
        WorklistName worklist, HeadRow head, WorklistChange[] changes, IReadOnlyDictionary<Ubrn, AppliedChange> applied, CancellationToken cancellationToken)
    {
        if (ListUpdate.From(head.Head, changes, applied) is not { } update) return head;
        // Before the list's first row, so that no list is missed.
        if (head.Tag == default) await RegisterAsync(worklist, cancellationToken);
        var next = update.Head;
        var actions = new List<TableTransactionAction>
        {
            HeadAction(worklist, next, head.Tag),
            FeedAction(worklist, next, update.Updates.Select(one => one.Change)),
        };
        foreach (var (change, before) in update.Updates) actions.AddRange(RowActions(worklist, change, before));
        var responses = await _writing.SubmitTransactionAsync(actions, cancellationToken);
        if (next.Version % DropFeedEvery == 0) await TryDropOldFeedAsync(worklist, cancellationToken);
        return new HeadRow(next, responses.Value[0].Headers.ETag ?? throw new InvalidOperationException("The head row came back without a tag."));
    }

    private IEnumerable<TableTransactionAction> RowActions(WorklistName worklist, WorklistChange change, AppliedChange? before)
    {
        var partition = worklist.ToString();
        var key = change.Entry is null ? null : TableKeys.Entry(change.Entry);
        if (before?.EntryKey is { } old && old != key)
        {
            yield return new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(partition, old), ETag.All);
        }

        // What is believed to be new is added, so that a wrong belief is refused.
        var write = before is null ? TableTransactionActionType.Add : TableTransactionActionType.UpsertReplace;
        if (change.Entry is not null) yield return new TableTransactionAction(write, EntryRow(partition, key!, change.Entry, change.Revision));

        // Kept after the referral has left the list: a change that comes late must find that it is late.
        var applied = new TableEntity(partition, TableKeys.Applied(change.Ubrn))
        {
            ["Version"] = change.Version,
            ["Revision"] = change.Revision,
            ["Marks"] = change.Entry?.Marks ?? 0,
            ["EntryKey"] = key,
        };
        yield return new TableTransactionAction(write, applied);
    }

    private TableEntity EntryRow(string partition, string key, WorklistEntry entry, int revision) => new(partition, key)
    {
        ["Entry"] = JsonSerializer.Serialize(entry, StorageJson.Default.WorklistEntry),
        ["Received"] = entry.Received,
        ["Service"] = entry.Service.Id,
        ["Specialty"] = entry.Specialty,
        ["Priority"] = Code.From(entry.Priority),
        ["Clinician"] = entry.Referrer.Clinician,
        ["Revision"] = revision,
        ["Marks"] = entry.Marks,
        ["NextMark"] = net.NextMark(entry),
    };

    private TableTransactionAction HeadAction(WorklistName worklist, WorklistHead next, ETag tag)
    {
        var row = new TableEntity(worklist.ToString(), TableKeys.Head(worklist))
        {
            ["Version"] = next.Version,
            ["Count"] = next.Count,
            ["At"] = clock.GetUtcNow(),
        };
        return tag == default
            ? new TableTransactionAction(TableTransactionActionType.Add, row)
            : new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, tag);
    }

    private TableTransactionAction FeedAction(WorklistName worklist, WorklistHead next, IEnumerable<WorklistChange> changes)
    {
        var row = new TableEntity(worklist.ToString(), TableKeys.Change(next.Version)) { ["Version"] = next.Version, ["At"] = clock.GetUtcNow() };
        IReadOnlyList<ListedChange> listed =
            [.. changes.Select(change => new ListedChange(change.Ubrn, change.Version, change.Entry))];
        Packed.Set(row, listed, StorageJson.Default.IReadOnlyListListedChange);
        return new TableTransactionAction(TableTransactionActionType.Add, row);
    }

    // The changes are on the list whether or not this succeeds: what is left is dropped at a later turn.
    private async Task TryDropOldFeedAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        try
        {
            await DropOldFeedAsync(worklist, cancellationToken);
        }
        catch (Exception ex) when (ex is RequestFailedException || Transient.Is(ex, cancellationToken))
        {
        }
    }

    private async Task DropOldFeedAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        // A day of grace: a cursor that is just inside the seven days still finds every change.
        var before = clock.GetUtcNow() - FeedKept - TimeSpan.FromDays(1);
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {worklist.ToString()} and RowKey ge {TableKeys.Change(0)} and RowKey lt {TableKeys.ChangesTo}");
        var old = new List<TableTransactionAction>();
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, FeedRowsDroppedAtOnce, ["PartitionKey", "RowKey", "At"], cancellationToken))
        {
            if (!(row.GetDateTimeOffset("At") < before) || old.Count == FeedRowsDroppedAtOnce) break;
            old.Add(new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All));
        }

        if (old.Count > 0) await _writing.SubmitTransactionAsync(old, cancellationToken);
    }

    private async Task<IReadOnlyDictionary<Ubrn, AppliedChange>> AppliedAsync(
        WorklistName worklist, IEnumerable<WorklistChange> changes, CancellationToken cancellationToken)
    {
        var rows = await Task.WhenAll(changes.Select(async change => (change.Ubrn, Row: await AppliedAsync(worklist, change.Ubrn, cancellationToken))));
        return rows.Where(applied => applied.Row is not null).ToDictionary(applied => applied.Ubrn, applied => applied.Row!);
    }

    private async Task RegisterAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        var row = new TableEntity(TableKeys.AllWorklists, TableKeys.ListedWorklist(worklist)) { ["Name"] = worklist.ToString() };
        await _writing.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
    }

    private async Task<AppliedChange?> AppliedAsync(WorklistName worklist, Ubrn ubrn, CancellationToken cancellationToken)
    {
        var row = await _writing.GetEntityIfExistsAsync<TableEntity>(worklist.ToString(), TableKeys.Applied(ubrn), cancellationToken: cancellationToken);
        return row.HasValue
            ? new AppliedChange(
                row.Value!.GetInt32("Version") ?? 0, row.Value.GetInt32("Revision") ?? 0, row.Value.GetInt32("Marks") ?? 0, row.Value.GetString("EntryKey"))
            : null;
    }

    private static async Task<HeadRow> HeadRowAsync(TableClient table, WorklistName worklist, CancellationToken cancellationToken)
    {
        var row = await table.GetEntityIfExistsAsync<TableEntity>(
            worklist.ToString(), TableKeys.Head(worklist), cancellationToken: cancellationToken);
        return row.HasValue
            ? new HeadRow(new WorklistHead(row.Value!.GetInt64("Version") ?? 0, row.Value.GetInt32("Count") ?? 0), row.Value.ETag)
            : new HeadRow(WorklistHead.Empty, default);
    }

    private static string EntryFilter(WorklistName worklist, WorklistFilter wanted, string? after)
    {
        var from = TableKeys.EntriesFrom + after;
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {worklist.ToString()} and RowKey gt {from} and RowKey lt {TableKeys.EntriesTo}");
        if (wanted.Service is { } service) filter += TableClient.CreateQueryFilter($" and Service eq {service}");
        if (wanted.Specialty is { } specialty) filter += TableClient.CreateQueryFilter($" and Specialty eq {specialty}");
        if (wanted.Priority is { } priority) filter += TableClient.CreateQueryFilter($" and Priority eq {Code.From(priority)}");
        if (wanted.Clinician is { } clinician) filter += TableClient.CreateQueryFilter($" and Clinician eq {clinician}");
        return filter;
    }

    /// <param name="Tag">Default when the list has no head yet.</param>
    private sealed record HeadRow(WorklistHead Head, ETag Tag);
}

/// <param name="Version">0 for a list that nothing has ever stood on; every change makes it greater.</param>
/// <param name="Count">How many entries the list has.</param>
public sealed record WorklistHead(long Version, int Count)
{
    public static WorklistHead Empty { get; } = new(0, 0);
}

/// <param name="Version">The referral's version that the list has come to.</param>
public sealed record ShownReferral(int Version, bool IsListed);

/// <param name="Revision">Of what was known beside its version, <see cref="PossibleDuplicates.Revision"/>.</param>
public sealed record OverdueEntry(WorklistEntry Entry, int Revision);

/// <param name="SortKey">The position in the list, also for the entries that come and go around it.</param>
/// <param name="Json">The entry as the API shows it.</param>
public sealed record ListedEntry(string SortKey, string Json);

/// <param name="Entry">Null when the referral left the list.</param>
public sealed record ListedChange(Ubrn Ubrn, int Version, WorklistEntry? Entry);

/// <param name="Version">The list's version after these changes.</param>
public sealed record ChangeBatch(long Version, IReadOnlyList<ListedChange> Changes);

/// <summary>Null members filter nothing.</summary>
public sealed record WorklistFilter(string? Service, string? Specialty, Priority? Priority, string? Clinician)
{
    public static WorklistFilter None { get; } = new(null, null, null, null);

    /// <summary>The same choice as a query of the table makes.</summary>
    public bool Takes(WorklistEntry entry) =>
        (Service is null || entry.Service.Id == Service)
        && (Specialty is null || entry.Specialty == Specialty)
        && (Priority is null || entry.Priority == Priority)
        && (Clinician is null || entry.Referrer.Clinician == Clinician);
}
