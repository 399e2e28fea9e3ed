namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>Test hook: on which side of the durable write a send fails. The sender cannot tell them apart.</summary>
public enum SendFailure
{
    BeforeWrite,
    AfterWrite,
    BeforeOrAfterWrite,
}
