namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>A message as one receiver or one peek sees it.</summary>
/// <param name="ExpiresAt">DateTimeOffset.MaxValue for a message that never expires.</param>
/// <param name="LockToken">Empty for a peek.</param>
internal sealed record Delivery(
    Envelope Envelope,
    long SequenceNumber,
    long EnqueuedSequenceNumber,
    DateTimeOffset EnqueuedTime,
    int DeliveryCount,
    DateTimeOffset ExpiresAt,
    MessageState State,
    Guid LockToken,
    DateTimeOffset LockedUntil);
