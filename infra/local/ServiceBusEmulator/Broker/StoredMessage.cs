namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>A message in a queue. Its queue's lock guards everything that can change.</summary>
internal sealed class StoredMessage
{
    public required Envelope Envelope { get; set; }

    /// <summary>The shorter of the sender's time to live and the queue's limit.</summary>
    public required TimeSpan TimeToLive { get; init; }

    public long Sequence { get; set; }

    public long EnqueuedSequence { get; set; }

    public DateTimeOffset Enqueued { get; set; }

    public DateTimeOffset ScheduledFor { get; set; }

    public int DeliveryCount { get; set; }

    public bool IsDeferred { get; set; }

    public Standing Standing { get; set; } = Standing.Gone;

    /// <summary>When the standing changes with time: the scheduled time, the end of the lock or the expiry.</summary>
    public DateTimeOffset? Due { get; set; }

    public Guid LockToken { get; set; }

    public DateTimeOffset LockedUntil { get; set; }

    public bool CompletedOnce { get; set; }

    public DateTimeOffset Expires => TimeToLive >= DateTimeOffset.MaxValue - Enqueued ? DateTimeOffset.MaxValue : Enqueued + TimeToLive;

    public Delivery ToDelivery(bool isPeek = false) => new(
        Envelope, Sequence, EnqueuedSequence, Enqueued, DeliveryCount, Expires, State, isPeek ? Guid.Empty : LockToken, isPeek ? default : LockedUntil);

    private MessageState State => Standing == Standing.Scheduled ? MessageState.Scheduled : IsDeferred ? MessageState.Deferred : MessageState.Active;
}
