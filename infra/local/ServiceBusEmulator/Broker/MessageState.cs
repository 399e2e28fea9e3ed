namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>The numbers are the service's.</summary>
internal enum MessageState
{
    Active = 0,
    Deferred = 1,
    Scheduled = 2,
}
