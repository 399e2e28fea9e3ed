using Azure.Messaging.ServiceBus;

namespace EReferrals.LocalRuntime.Broker;

/// <summary>A message as one receiver or one peek sees it.</summary>
internal sealed class Delivery
{
    public required Envelope Envelope { get; init; }

    public required long SequenceNumber { get; init; }

    public required long EnqueuedSequenceNumber { get; init; }

    public required DateTimeOffset EnqueuedTime { get; init; }

    public required int DeliveryCount { get; init; }

    public required Guid LockToken { get; init; }

    public required DateTimeOffset LockedUntil { get; set; }

    public required ServiceBusMessageState State { get; init; }

    public string? DeadLetterSource { get; init; }
}
