using EReferrals.Http;
using EReferrals.Overload;
using EReferrals.Referrals.Lists;
using EReferrals.Storage.Lists;
using EReferrals.Worklists.Snapshots;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Worklists.Reading;

/// <summary>Reads whole lists, for print and CSV: from the tables, or from a copy when these do not respond.</summary>
public sealed class WholeLists(
    WorklistReader worklists, WorklistVersions versions, LiveReads live, SnapshotCopies copies, LargeAnswers large, TimeProvider clock)
{
    // From this length on, one blob costs less than the pages of a table query.
    private const int ManyEntries = 500;

    private static readonly TimeSpan SnapshotLimit = TimeSpan.FromMilliseconds(700);

    /// <summary>The problem (503) when neither the tables nor a copy can be read, or when there is no room for a list of this length.</summary>
    internal Task<Result<ShownList>> ReadAsync(FunctionContext context, WorklistName worklist, CancellationToken cancellationToken) =>
        ReadAsync(large.RoomOf(context), worklist, cancellationToken);

    /// <summary>The same for an answer that several requests share.</summary>
    internal async Task<Result<ShownList>> ReadAsync(AnswerRoom room, WorklistName worklist, CancellationToken cancellationToken)
    {
        var read = await live.TryAsync(worklist.List, limit => ReadLiveAsync(room, worklist, limit), cancellationToken);
        if (read is not null) return read.TryGet(out var list, out var busy) ? new ShownList(list, ListSource.Live) : busy;
        if (await copies.FindAsync(worklist, cancellationToken) is not { } copy) return StaleList.Nowhere;
        return room.Refuse(copy.Size * LargeAnswers.CopiesOfBytes) is { } full ? full : new ShownList(copy.Read(), copy.Source);
    }

    private async Task<Result<WholeList>> ReadLiveAsync(AnswerRoom room, WorklistName worklist, CancellationToken cancellationToken)
    {
        var head = await versions.HeadAsync(worklist).WaitAsync(cancellationToken);
        if (room.Refuse(head.Count * LargeAnswers.EntryOfList) is { } busy) return busy;
        return head.Count >= ManyEntries && await SnapshotAtAsync(worklist, head, cancellationToken) is { } same
            ? same with { AsOf = head.AsOf }
            : await worklists.WholeAsync(worklist, cancellationToken);
    }

    // A snapshot with the current version of the head is the current list.
    private async Task<WholeList?> SnapshotAtAsync(WorklistName worklist, KnownHead head, CancellationToken cancellationToken)
    {
        try
        {
            var copy = await copies.FindAsync(worklist, cancellationToken).WaitAsync(SnapshotLimit, clock, cancellationToken);
            return copy?.Stored.Version == head.Version ? copy.Read() : null;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}

internal sealed record ShownList(WholeList List, ListSource Source);
