using EReferrals.Messaging;
using EReferrals.Operations;
using EReferrals.Status.Canary;
using EReferrals.Storage.Lists;

namespace EReferrals.Status.Health;

/// <summary>What the open status answers. Every text in it is ours or an operator's: no host, no setting, no message of an exception.</summary>
/// <param name="AsOf">When the oldest part of it was found out.</param>
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
    /// <summary>Null when it is not known.</summary>
    public QuarantineStatus? Quarantine { get; init; }

    /// <summary>Null when it is not known.</summary>
    public SnapshotStatus? Snapshots { get; init; }

    /// <summary>Null when it is not known.</summary>
    public ReconcilerStatus? Reconciler { get; init; }

    /// <summary>Referrals that wait too long. Null when it is not known.</summary>
    public SafetyNetCounts? SafetyNet { get; init; }
}

/// <param name="Reason">Why something is off; null when nothing is.</param>
/// <param name="Until">When it is expected to be on again.</param>
public sealed record ServiceMode(bool ReadOnly, bool Uploads, bool Booking, string? Reason = null, DateTimeOffset? Until = null)
{
    public static ServiceMode From(OperatingMode mode) => new(mode.ReadOnly, mode.Uploads, mode.Booking, mode.Reason, mode.Until);

    internal bool IsNormal => this is { ReadOnly: false, Uploads: true, Booking: true };
}

/// <param name="Until">When it goes by itself; null when an operator takes it down.</param>
public sealed record ServiceMessage(DateTimeOffset At, string Text, DateTimeOffset? Until);

/// <summary>Messages that could not be processed, were set aside, and wait for an operator.</summary>
public sealed record QuarantineStatus(long Waiting);

/// <summary>The copies of worklists that are read when the tables are down.</summary>
/// <param name="Lists">How many worklists have one.</param>
/// <param name="LastWritten">When the newest was written.</param>
/// <param name="OldestBehindSeconds">For how long the copy that is furthest behind its worklist has been due; 0 when none is.</param>
public sealed record SnapshotStatus(int Lists, DateTimeOffset? LastWritten, double OldestBehindSeconds);

/// <summary>What the last comparison of what was accepted with what the worklists show found.</summary>
/// <param name="Repaired">Stood on a wrong list, and were announced again.</param>
/// <param name="Missing">Were accepted and are no referral yet: on a queue, in quarantine, or lost.</param>
/// <param name="OldestMissing">Since when the first of these has been missing.</param>
public sealed record ReconcilerStatus(DateTimeOffset LastRun, int Compared, int Repaired, int Missing, DateTimeOffset? OldestMissing);
