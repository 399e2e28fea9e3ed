namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>One queue of messaging.json, in the words of the Azure resource.</summary>
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

    /// <summary>Where its dead letters go on to; null for a queue that keeps them.</summary>
    public string? ForwardDeadLetteredMessagesTo { get; init; }

    /// <summary>Dead letters stay until somebody takes them, however often that fails.</summary>
    public QueueSettings ForDeadLetters() => this with
    {
        Name = Name + LocalBroker.DeadLetterSuffix,
        MaxDeliveryCount = int.MaxValue,
        RequiresDuplicateDetection = false,
        DefaultMessageTimeToLive = TimeSpan.MaxValue,
    };
}
