using EReferrals.Messaging;

namespace EReferrals.Status;

/// <summary>What the open status answers. Every text in it is ours: no host, no setting, no message of an exception.</summary>
public sealed record StatusReport(
    OverallState State,
    DateTimeOffset AsOf,
    IReadOnlyList<ComponentStatus> Components,
    IReadOnlyList<QueueDepth> Queues,
    CanaryStatus Canary,
    ServiceMode Mode,
    IReadOnlyList<ServiceMessage> Messages);

public sealed record CanaryStatus(DateTimeOffset? LastSeen, double? AcceptToWorklistMs, double? P95);

public sealed record ServiceMode(bool ReadOnly, bool Uploads, bool Booking);

public sealed record ServiceMessage(DateTimeOffset At, string Text, DateTimeOffset? Until);
