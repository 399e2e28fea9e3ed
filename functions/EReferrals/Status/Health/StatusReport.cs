using EReferrals.Messaging.Monitoring;
using EReferrals.Operations;
using EReferrals.Status.Canary;
using EReferrals.Storage.Lists;

namespace EReferrals.Status.Health;

/// <summary>The public status. All its texts are fixed or written by an operator: no host names, settings or exception messages.</summary>
/// <param name="AsOf">When the components and queues were last checked.</param>
public sealed record StatusReport(
    OverallState State,
    DateTimeOffset AsOf,
    double AgeSeconds,
    IReadOnlyList<ComponentStatus> Components,
    IReadOnlyList<QueueDepth> Queues,
    CanaryStatus Canary,
    ServiceMode Mode,
    IReadOnlyList<ServiceMessage> Messages)
{
    /// <summary>Null when unknown.</summary>
    public QuarantineStatus? Quarantine { get; init; }

    /// <summary>Null when unknown.</summary>
    public SnapshotStatus? Snapshots { get; init; }

    /// <summary>Null when unknown.</summary>
    public ReconcilerStatus? Reconciler { get; init; }

    /// <summary>The referrals that wait too long; null when unknown.</summary>
    public SafetyNetCounts? SafetyNet { get; init; }
}

/// <param name="Reason">Why something is switched off; null when nothing is.</param>
/// <param name="Until">When operators expect to switch it on again.</param>
public sealed record ServiceMode(bool ReadOnly, bool Uploads, bool Booking, string? Reason = null, DateTimeOffset? Until = null)
{
    public static ServiceMode From(OperatingMode mode) => new(mode.ReadOnly, mode.Uploads, mode.Booking, mode.Reason, mode.Until);

    internal bool IsNormal => this is { ReadOnly: false, Uploads: true, Booking: true };
}

/// <param name="Until">When the message expires; null when it stays until an operator deletes it.</param>
public sealed record ServiceMessage(DateTimeOffset At, string Text, DateTimeOffset? Until);

/// <summary>The messages that could not be processed and wait in quarantine for an operator.</summary>
public sealed record QuarantineStatus(long Waiting);

/// <summary>The snapshots of worklists, which serve reads while the tables are down.</summary>
/// <param name="Lists">The number of worklists that have a snapshot.</param>
/// <param name="LastWritten">When the newest snapshot was written.</param>
/// <param name="OldestBehindSeconds">How long the most overdue snapshot has been due, in seconds; 0 when none is due.</param>
public sealed record SnapshotStatus(int Lists, DateTimeOffset? LastWritten, double OldestBehindSeconds);

/// <summary>The result of the reconciler's last comparison of accepted referrals with the worklists.</summary>
/// <param name="Repaired">The number of referrals that were wrong on worklists and were announced again.</param>
/// <param name="Missing">The number of accepted submissions without a referral: on a queue, in quarantine, or lost.</param>
/// <param name="OldestMissing">The start of the five-minute ledger part with the oldest of these.</param>
public sealed record ReconcilerStatus(DateTimeOffset LastRun, int Compared, int Repaired, int Missing, DateTimeOffset? OldestMissing);
