namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>Why the broker refuses something, in the words of the service.</summary>
internal enum BrokerFailure
{
    EntityNotFound,
    EntityDisabled,
    MessageNotFound,
    MessageLockLost,
    MessageSizeExceeded,
    ServerBusy,
    Timeout,
    NotAllowed,
    NotImplemented,
    ArgumentError,
}
