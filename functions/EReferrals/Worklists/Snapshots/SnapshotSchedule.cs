using System.Collections.Concurrent;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;

namespace EReferrals.Worklists.Snapshots;

/// <summary>
/// Requests a snapshot of a list that changed: one request for each list and slot of ten seconds. The request is delivered after the slot ends, so
/// that the snapshot contains every change of the slot. Slot and grace are twelve seconds, and a snapshot must be at most fifteen seconds old.
/// </summary>
public sealed class SnapshotSchedule(ReferralBus bus, TimeProvider clock)
{
    internal static readonly TimeSpan Slot = TimeSpan.FromSeconds(10);

    /// <summary>The largest clock difference between instances and broker at which no change misses its snapshot.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    // The last slot for which the broker acknowledged a request. If it is lost, the broker drops the repeated request.
    private readonly ConcurrentDictionary<WorklistName, long> _requested = new();

    /// <summary>
    /// Call this after the change is in the table, even if the change was a repeat: an earlier delivery may have stopped before this call. When the
    /// request cannot be sent, this throws, and the change must be delivered again.
    /// </summary>
    public async Task RequestAsync(WorklistName worklist, CancellationToken cancellationToken)
    {
        var slot = clock.GetUtcNow().UtcTicks / Slot.Ticks;
        // Equal, not "equal or later": otherwise changes would get no snapshot after the clock was set back.
        if (_requested.TryGetValue(worklist, out var last) && last == slot) return;
        var due = new DateTimeOffset((slot + 1) * Slot.Ticks, TimeSpan.Zero) + Grace;
        await bus.RequestSnapshotAsync(worklist, slot, due, cancellationToken);
        _requested[worklist] = slot;
    }
}
