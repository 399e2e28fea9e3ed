namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>The reasons for which the broker rejects an operation, named as in the service.</summary>
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
