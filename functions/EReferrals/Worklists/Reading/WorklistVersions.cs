using System.Collections.Concurrent;
using EReferrals.Referrals.Lists;
using EReferrals.Resilience;
using EReferrals.Storage.Lists;

namespace EReferrals.Worklists.Reading;

/// <summary>
/// A cache of the head of each worklist. It is used for one second without a read, so that many polls of a list cost one read of its head.
/// </summary>
public sealed class WorklistVersions
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<WorklistName, Seen> _cached = new();
    private readonly SingleFlight<WorklistName, Seen> _reads = new();
    private readonly Func<WorklistName, Task<WorklistHead>> _read;
    private readonly TimeProvider _clock;

    public WorklistVersions(WorklistReader worklists, TimeProvider clock) : this(list => worklists.HeadAsync(list, CancellationToken.None), clock)
    {
    }

    internal WorklistVersions(Func<WorklistName, Task<WorklistHead>> read, TimeProvider clock) => (_read, _clock) = (read, clock);

    /// <summary>The head, at most one second old, and when it was read.</summary>
    public async Task<KnownHead> HeadAsync(WorklistName worklist)
    {
        if (Known(worklist) is { } known) return known;
        return (await _reads.ReadAsync(worklist, () => ReadAsync(worklist))).Head;
    }

    /// <summary>
    /// As <see cref="HeadAsync(WorklistName)"/>, for a caller that was shown this version by another instance: its tag or cursor is signed. Only a list that
    /// lost versions, with its region, is behind it.
    /// </summary>
    public async Task<KnownHead> HeadAsync(WorklistName worklist, long atLeast)
    {
        var head = await HeadAsync(worklist);
        // A read in progress may have begun before that version was written. The next one has not; it too is shared.
        for (var attempt = 1; attempt <= 2 && head.Version < atLeast; attempt++)
        {
            head = (await _reads.ReadAsync(worklist, () => ReadAsync(worklist))).Head;
        }

        return head;
    }

    /// <summary>The cached head, or null when it is older than one second or unknown.</summary>
    public KnownHead? Known(WorklistName worklist)
    {
        if (!_cached.TryGetValue(worklist, out var known)) return null;
        var age = _clock.GetElapsedTime(known.Timestamp);
        if (age >= Fresh) return null;
        // In the second half of its lifetime the head is refreshed in the background, so that polls of a busy list do not wait for a read.
        if (age >= Fresh / 2) _ = RenewAsync(worklist);
        return known.Head;
    }

    /// <summary>Caches a head that this instance has written.</summary>
    /// <param name="since">A timestamp from before the write: other instances may have changed the list since then.</param>
    public void Saw(WorklistName worklist, WorklistHead head, long since) => Remember(worklist, head, since);

    private async Task RenewAsync(WorklistName worklist)
    {
        try
        {
            await _reads.ReadAsync(worklist, () => ReadAsync(worklist));
        }
        catch (Exception ex) when (Transient.Is(ex, CancellationToken.None))
        {
            // When the cached head has expired, the next caller reads it again and gets the exception.
        }
    }

    private async Task<Seen> ReadAsync(WorklistName worklist)
    {
        // Taken before the read, so that a write during the read counts as newer.
        var timestamp = _clock.GetTimestamp();
        var head = await _read(worklist);
        return Remember(worklist, head, timestamp);
    }

    private Seen Remember(WorklistName worklist, WorklistHead head, long timestamp)
    {
        var seen = new Seen(new KnownHead(head.Version, head.Count, _clock.GetUtcNow()), timestamp);
        return _cached.AddOrUpdate(worklist, seen, (_, known) => (known.Head.Version, known.Timestamp).CompareTo((head.Version, timestamp)) > 0 ? known : seen);
    }

    private sealed record Seen(KnownHead Head, long Timestamp);
}
