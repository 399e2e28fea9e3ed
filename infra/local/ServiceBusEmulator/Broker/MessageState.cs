namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>Uses the numbers of the service.</summary>
internal enum MessageState
{
    Active = 0,
    Deferred = 1,
    Scheduled = 2,
}
