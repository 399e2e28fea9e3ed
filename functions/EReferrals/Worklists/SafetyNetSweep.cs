using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Storage;

namespace EReferrals.Worklists;

/// <summary>
/// Time passes without events, so that the worklists are gone through for entries whose mark has fallen due. A mark is announced as a change of
/// the list: then the pages, the change feed, the snapshots and a poll that would have answered 304 all show it. A stop anywhere leaves marks
/// for the next sweep, and one that is announced twice changes nothing.
/// </summary>
public sealed class SafetyNetSweep(WorklistTable worklists, SafetyNetTable counts, ReferralBus bus, SafetyNet net, TimeProvider clock)
{
    private const int ListsAtOnce = 8;
    private const int ChangesAtOnce = 50;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var found = new Tally();
        var options = new ParallelOptions { MaxDegreeOfParallelism = ListsAtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(worklists.AllAsync(cancellation), options, async (worklist, token) => await SweepAsync(worklist, now, found, token));
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
}
