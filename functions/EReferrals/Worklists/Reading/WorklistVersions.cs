using System.Collections.Concurrent;
using EReferrals.Referrals.Lists;
using EReferrals.Resilience;
using EReferrals.Storage.Lists;

namespace EReferrals.Worklists.Reading;

/// <summary>
/// The version of every worklist as this instance knows it. For a second it is believed without asking, so that many polls of a list cost
/// one read of its head, and a poll that finds nothing new costs none.
/// </summary>
public sealed class WorklistVersions(WorklistReader worklists, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<WorklistName, Seen> _known = new();
    private readonly SingleFlight<WorklistName, Seen> _asking = new();

    /// <summary>The head, at most a second old, and when it was read.</summary>
    public async Task<KnownHead> HeadAsync(WorklistName worklist)
    {
        if (Known(worklist) is { } known) return known;
        return (await _asking.ReadAsync(worklist, () => AskAsync(worklist))).Head;
    }

    /// <summary>As <see cref="HeadAsync(WorklistName)"/>, for a reader to whom another instance has shown this version already.</summary>
    public async Task<KnownHead> HeadAsync(WorklistName worklist, long atLeast)
    {
        var head = await HeadAsync(worklist);
        // Not shared: a read that runs already may have begun before that version was written.
        return head.Version >= atLeast ? head : (await AskAsync(worklist)).Head;
    }

    /// <summary>The head if it is believed without asking; else null.</summary>
    public KnownHead? Known(WorklistName worklist)
    {
        if (!_known.TryGetValue(worklist, out var known)) return null;
        var age = clock.GetElapsedTime(known.Timestamp);
        if (age >= Fresh) return null;
        // Whoever comes in the second half has it asked for and does not wait, so that nobody waits who polls a list that many poll.
        if (age >= Fresh / 2) _ = RenewAsync(worklist);
        return known.Head;
    }

    /// <summary>A head that this instance wrote or read itself.</summary>
    /// <param name="since">A timestamp from before: others may have changed the list since.</param>
    public void Saw(WorklistName worklist, WorklistHead head, long since) => Remember(worklist, head, since);

    private async Task RenewAsync(WorklistName worklist)
    {
        try
        {
            await _asking.ReadAsync(worklist, () => AskAsync(worklist));
        }
        catch (Exception ex) when (Transient.Is(ex, CancellationToken.None))
        {
            // Whoever comes when it is no longer believed asks again, and is told.
        }
    }

    private async Task<Seen> AskAsync(WorklistName worklist)
    {
        // Taken before the read: what is written during it is not older than this.
        var timestamp = clock.GetTimestamp();
        var head = await worklists.HeadAsync(worklist, CancellationToken.None);
        return Remember(worklist, head, timestamp);
    }

    private Seen Remember(WorklistName worklist, WorklistHead head, long timestamp)
    {
        var seen = new Seen(new KnownHead(head.Version, head.Count, clock.GetUtcNow()), timestamp);
        return _known.AddOrUpdate(worklist, seen, (_, known) => (known.Head.Version, known.Timestamp).CompareTo((head.Version, timestamp)) > 0 ? known : seen);
    }

    private sealed record Seen(KnownHead Head, long Timestamp);
}

public sealed record KnownHead(long Version, int Count, DateTimeOffset AsOf);
