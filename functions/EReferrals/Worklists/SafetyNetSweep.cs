using System.Collections.Concurrent;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Storage;
using Microsoft.Extensions.Logging;

namespace EReferrals.Worklists;

/// <summary>
/// Time passes without events, so that the worklists are gone through for entries whose mark has fallen due. A mark is announced as a change of
/// the list: then the pages, the change feed, the snapshots and a poll that would have answered 304 all show it. A stop anywhere leaves marks
/// for the next sweep, and one that is announced twice changes nothing.
/// </summary>
public sealed partial class SafetyNetSweep(
    WorklistTable worklists, SafetyNetTable counts, ReferralBus bus, SafetyNet net, TimeProvider clock, ILogger<SafetyNetSweep> logger)
{
    private const int ListsAtOnce = 8;
    private const int ChangesAtOnce = 50;

    // More than these is an outage: the rest would wait for its limits one after the other.
    private const int MostFailures = 50;

    /// <summary>A list that cannot be gone through holds up no other. The counts are saved only when no list was missed: until then the last ones stand, with their time.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var found = new Tally();
        var failures = new ConcurrentQueue<Exception>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = ListsAtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(worklists.AllAsync(cancellation), options, async (worklist, token) =>
        {
            if (failures.Count > MostFailures) return;
            try
            {
                await SweepAsync(worklist, now, found, token);
            }
            catch (Exception failure) when (!token.IsCancellationRequested)
            {
                Log.NotSwept(logger, worklist, failure);
                failures.Enqueue(failure);
            }
        });
        // Seen as a failed run.
        if (!failures.IsEmpty) throw new AggregateException(failures);
        await counts.SaveAsync(found.Counts(now), cancellation);
    }

    private async Task SweepAsync(WorklistName worklist, DateTimeOffset now, Tally found, CancellationToken cancellation)
    {
        var due = new List<WorklistChange>();
        await foreach (var entry in worklists.OverdueAsync(worklist, now, cancellation))
        {
            var marked = net.Marked(entry, now);
            found.Add(marked);
            if (marked.Marks > entry.Marks) due.Add(new WorklistChange(worklist, entry.Ubrn, entry.Version, marked));
        }

        foreach (var some in due.Chunk(ChangesAtOnce)) await bus.AnnounceAsync(some, "safety-net", cancellation);
    }

    // A referral may stand on a list of each side and is counted once.
    private sealed class Tally
    {
        private readonly Lock _lock = new();
        private readonly HashSet<Ubrn> _twoWeekWaits = [];
        private readonly HashSet<Ubrn> _urgent = [];
        private readonly HashSet<Ubrn> _letters = [];

        public void Add(WorklistEntry entry)
        {
            lock (_lock)
            {
                if (entry.IsOverdue(Overdue.Letter)) _letters.Add(entry.Ubrn);
                if (entry.IsOverdue(Overdue.Review)) (entry.Priority == Priority.TwoWeekWait ? _twoWeekWaits : _urgent).Add(entry.Ubrn);
            }
        }

        public SafetyNetCounts Counts(DateTimeOffset asOf) => new(asOf, _twoWeekWaits.Count, _urgent.Count, _letters.Count);
    }

    private static partial class Log
    {
        [LoggerMessage(4003, LogLevel.Warning, "The worklist {Worklist} could not be gone through for overdue entries; the others are, and the next sweep tries again")]
        public static partial void NotSwept(ILogger logger, WorklistName worklist, Exception failure);
    }
}
