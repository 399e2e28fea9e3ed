namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>Test hook: the counts of one queue at one instant.</summary>
public sealed record QueueStatistics(
    string Name, long Available, long Locked, long Scheduled, long Deferred, long DeadLettered, long SizeInBytes)
{
    /// <summary>What the service calls active: a locked message, and a deferred one, is still in the queue.</summary>
    public long Active => Available + Locked + Deferred;

    public long Total => Active + Scheduled + DeadLettered;
}
