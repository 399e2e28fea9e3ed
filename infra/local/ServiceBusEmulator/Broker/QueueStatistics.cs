namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>Test hook: the counts of one queue at one instant.</summary>
public sealed record QueueStatistics(
    string Name, long Available, long Locked, long Scheduled, long Deferred, long DeadLettered, long SizeInBytes)
{
    /// <summary>The active count of the service, which includes locked and deferred messages.</summary>
    public long Active => Available + Locked + Deferred;

    public long Total => Active + Scheduled + DeadLettered;
}
