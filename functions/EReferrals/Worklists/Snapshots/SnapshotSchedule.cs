using System.Collections.Concurrent;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;

namespace EReferrals.Worklists.Snapshots;

/// <summary>
/// Asks for a snapshot of a list that changed: one request for each list and slot of ten seconds, delivered when the slot is over, so that it
/// comes after every change that counted on it. Ten and two seconds leave time to build: a snapshot is to be at most fifteen old.
/// </summary>
public sealed class SnapshotSchedule(ReferralBus bus, TimeProvider clock)
{
    internal static readonly TimeSpan Slot = TimeSpan.FromSeconds(10);

    /// <summary>How far the clocks of instances and broker may differ before a change could be left to a request that is already delivered.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    // The last slot for which the broker has acknowledged a request; forgetting it costs a request that the broker drops.
    private readonly ConcurrentDictionary<WorklistName, long> _asked = new();

    /// <summary>
    /// To be called after the change is in the table, whether or not it was new: a delivery before this one may have stopped in between. Throws
    /// when the request cannot be sent; the change must then be delivered again.
    /// </summary>
    public async Task AskAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        var slot = clock.GetUtcNow().UtcTicks / Slot.Ticks;
        // Not "or later": a clock that was set back must not leave changes without a snapshot.
        if (_asked.TryGetValue(worklist, out var asked) && asked == slot) return;
        var due = new DateTimeOffset((slot + 1) * Slot.Ticks, TimeSpan.Zero) + Grace;
        await bus.RequestSnapshotAsync(worklist, slot, due, cancellationToken);
        _asked[worklist] = slot;
    }
}
