#nullable disable
namespace Azure.Messaging.ServiceBus;

#pragma warning disable CA1711 // The official name.
public enum SubQueue
#pragma warning restore CA1711
{
    None = 0,
    DeadLetter = 1,
    TransferDeadLetter = 2,
}

public enum ServiceBusReceiveMode
{
    PeekLock = 0,
    ReceiveAndDelete = 1,
}

public enum ServiceBusMessageState
{
    Active = 0,
    Deferred = 1,
    Scheduled = 2,
}

public enum ServiceBusRetryMode
{
    Fixed = 0,
    Exponential = 1,
}

public enum ServiceBusTransportType
{
    AmqpTcp = 0,
    AmqpWebSockets = 1,
}

public enum ServiceBusFailureReason
{
    GeneralError = 0,
    MessagingEntityNotFound = 1,
    MessageLockLost = 2,
    MessageNotFound = 3,
    MessageSizeExceeded = 4,
    MessagingEntityDisabled = 5,
    QuotaExceeded = 6,
    ServiceBusy = 7,
    ServiceTimeout = 8,
    ServiceCommunicationProblem = 9,
    SessionCannotBeLocked = 10,
    SessionLockLost = 11,
    MessagingEntityAlreadyExists = 12,
}
