namespace EReferrals.LocalRuntime.Broker;

/// <summary>Test hook: the counts of one queue at one instant.</summary>
public sealed record QueueStatistics(
    string Name, long Available, long Locked, long Scheduled, long Deferred, long DeadLettered, long SizeInBytes)
{
    public long Total => Available + Locked + Scheduled + Deferred + DeadLettered;
}
