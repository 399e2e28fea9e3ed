namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>Test hook: whether a send fails before or after the durable write. The sender cannot tell the difference.</summary>
public enum SendFailure
{
    BeforeWrite,
    AfterWrite,
    BeforeOrAfterWrite,
}
