using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Lists;

/// <summary>
/// Applies changes to worklists. A worklist is one partition: its head (version and count), its entries in display order, the last change applied
/// for each referral, and the change feed. One transaction applies a batch of changes and moves the head, so that readers never see half a batch
/// and a writer notices that another one was first.
/// </summary>
public sealed class WorklistProjector(StorageClients storage, FeedRetention retention, SafetyNetRules net, TimeProvider clock)
{
    /// <summary>A transaction holds at most 100 rows: three for each change, one for the feed, one for the head.</summary>
    public const int ChangesPerTransaction = 25;

    private const int DropFeedEvery = 64;

    // Ten pauses are three seconds at most: a batch of four transactions ends within the lock of its messages.
    private const int Tries = 11;

    private readonly TableClient _writing = storage.ForWriting(TableKeys.Worklists);

    /// <summary>
    /// Applies the changes that are newer than what the list has and returns the head that results. Repeats and late changes have no effect.
    /// Several consumers may apply changes at a time: one that finds the head moved reads it again and retries.
    /// </summary>
    /// <exception cref="ContendedException">Another consumer was first at every try.</exception>
    public async Task<WorklistHead> ApplyAsync(WorklistName worklist, IEnumerable<WorklistChange> changes, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var newest = ListUpdate.Newest(changes.Select(change => change.Entry is null ? change : change with { Entry = net.Marked(change.Entry, now) }));
        var head = await _writing.HeadRowAsync(worklist, cancellationToken);
        foreach (var chunk in newest.Chunk(ChangesPerTransaction)) head = await ApplyChunkAsync(worklist, head, chunk, cancellationToken);
        return head.Head;
    }

    private async Task<HeadRow> ApplyChunkAsync(WorklistName worklist, HeadRow head, WorklistChange[] changes, CancellationToken cancellationToken)
    {
        // A first version is normally new to the list, so it is added without a read. If it is a repeat, the store returns a conflict.
        var lookUps = changes.Where(change => change.Version > 1 || change.Revision > 1);
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await SubmitAsync(worklist, head, changes, await AppliedAsync(worklist, lookUps, cancellationToken), cancellationToken);
            }
            catch (RequestFailedException ex) when (MayBeRace(ex))
            {
                // After a try that did not look up every change, a conflict is normally no race but a repeated first version.
                var readAll = ReferenceEquals(lookUps, changes);
                // Real time, not the injected clock: the other consumer is really at work.
                if (readAll || ex.Status == 412) await Task.Delay(RacePause.After(tries), TimeProvider.System, cancellationToken);
                // The next try reads everything else after this head, so that it sees what the winner wrote. If this transaction was committed and
                // only the response was lost, the next try finds its own changes on the list.
                var moved = await _writing.HeadRowAsync(worklist, cancellationToken);
                var wasRace = moved.Tag != head.Tag;
                // All rows were read and no other consumer was first: a further try would fail in the same way.
                if (!wasRace && readAll) throw;
                if (tries == Tries) throw new ContendedException(ex);
                (head, lookUps) = (moved, changes);
            }
        }
    }

    // The head returns 412, or 409 when it is the first of its list. An entry that the winner has moved returns 404 when it is deleted. The store
    // does not say which row of a transaction it reports.
    private static bool MayBeRace(RequestFailedException conflict) => conflict is { Status: 409 or 412 } or { Status: 404, ErrorCode: "ResourceNotFound" };

    private async Task<HeadRow> SubmitAsync(
        WorklistName worklist, HeadRow head, WorklistChange[] changes, IReadOnlyDictionary<Ubrn, AppliedChange> applied, CancellationToken cancellationToken)
    {
        if (ListUpdate.From(head.Head, changes, applied) is not { } update) return head;
        // Register the list before its first row is written, so that an enumeration of all lists never misses one.
        if (head.Tag == default) await RegisterAsync(worklist, cancellationToken);
        var next = update.Head;
        var actions = new List<TableTransactionAction>
        {
            HeadAction(worklist, next, head.Tag),
            FeedAction(worklist, next, update.Updates.Select(single => single.Change)),
        };
        foreach (var (change, before) in update.Updates) actions.AddRange(RowActions(worklist, change, before));
        var responses = await _writing.SubmitTransactionAsync(actions, cancellationToken);
        if (next.Version % DropFeedEvery == 0) await retention.TryDropOldAsync(worklist, cancellationToken);
        var tag = responses.Value[0].Headers.ETag ?? throw new InvalidOperationException("The store returned no ETag for the head row of a worklist.");
        return new HeadRow(next, tag);
    }

    private IEnumerable<TableTransactionAction> RowActions(WorklistName worklist, WorklistChange change, AppliedChange? before)
    {
        var partition = worklist.ToString();
        var key = change.Entry is null ? null : TableKeys.Entry(change.Entry);
        if (before?.EntryKey is { } old && old != key)
        {
            yield return new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(partition, old), ETag.All);
        }

        // An add, not an upsert, for a referral that seems to be new: if the list has it after all, the store refuses the transaction.
        var write = before is null ? TableTransactionActionType.Add : TableTransactionActionType.UpsertReplace;
        if (change.Entry is not null) yield return new TableTransactionAction(write, EntryRow(partition, key!, change.Entry, change.Revision));

        // This row stays when the referral leaves the list, so that a late change is recognised as late.
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
        ["Overdue"] = entry.Overdue?.Count ?? 0,
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

    private async Task<IReadOnlyDictionary<Ubrn, AppliedChange>> AppliedAsync(
        WorklistName worklist, IEnumerable<WorklistChange> changes, CancellationToken cancellationToken)
    {
        var rows = await Task.WhenAll(changes.Select(async change =>
            (change.Ubrn, Row: await _writing.AppliedAsync(worklist, change.Ubrn, cancellationToken))));
        return rows.Where(applied => applied.Row is not null).ToDictionary(applied => applied.Ubrn, applied => applied.Row!);
    }

    private async Task RegisterAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        var row = new TableEntity(TableKeys.AllWorklists, TableKeys.ListedWorklist(worklist)) { ["Name"] = worklist.ToString() };
        await _writing.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
    }
}
