namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>One queue of messaging.json, with the property names of the Azure resource.</summary>
internal sealed record QueueSettings
{
    public required string Name { get; init; }

    public required TimeSpan LockDuration { get; init; }

    public required int MaxDeliveryCount { get; init; }

    public bool RequiresSession { get; init; }

    public required bool RequiresDuplicateDetection { get; init; }

    public TimeSpan? DuplicateDetectionHistoryTimeWindow { get; init; }

    public TimeSpan DefaultMessageTimeToLive { get; init; } = TimeSpan.MaxValue;

    public bool DeadLetteringOnMessageExpiration { get; init; } = true;

    /// <summary>The queue to which dead letters are forwarded; null to keep them.</summary>
    public string? ForwardDeadLetteredMessagesTo { get; init; }

    /// <summary>The settings of the dead-letter queue: dead letters have no maximum delivery count and never expire.</summary>
    public QueueSettings ForDeadLetters() => this with
    {
        Name = Name + LocalBroker.DeadLetterSuffix,
        MaxDeliveryCount = int.MaxValue,
        RequiresDuplicateDetection = false,
        DefaultMessageTimeToLive = TimeSpan.MaxValue,
    };
}
