namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>A message as one receiver or one peek sees it.</summary>
internal sealed record Delivery
{
    public required Envelope Envelope { get; init; }

    public required long SequenceNumber { get; init; }

    public required long EnqueuedSequenceNumber { get; init; }

    public required DateTimeOffset EnqueuedTime { get; init; }

    public required int DeliveryCount { get; init; }

    /// <summary>The end of time for a message that never expires.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    public required MessageState State { get; init; }

    /// <summary>Empty for a peek, and for a message that was deleted with its delivery.</summary>
    public Guid LockToken { get; init; }

    public DateTimeOffset LockedUntil { get; init; }
}
