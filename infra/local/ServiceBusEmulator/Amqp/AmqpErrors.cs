using EReferrals.Local.ServiceBusEmulator.Broker;
using Microsoft.Azure.Amqp;
using Microsoft.Azure.Amqp.Encoding;
using Microsoft.Azure.Amqp.Framing;

namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>What the broker refuses, in the words that Service Bus has for it.</summary>
internal static class AmqpErrors
{
    public static AmqpException ToAmqp(Exception exception) => exception as AmqpException ?? new AmqpException(ToError(exception));

    public static Error ToError(Exception exception) => new() { Condition = Condition(exception), Description = exception.Message };

    public static AmqpSymbol Condition(Exception exception) => (exception as BrokerException)?.Failure switch
    {
        BrokerFailure.EntityNotFound => AmqpErrorCode.NotFound,
        BrokerFailure.EntityDisabled => "com.microsoft:entity-disabled",
        BrokerFailure.MessageNotFound => "com.microsoft:message-not-found",
        BrokerFailure.MessageLockLost => "com.microsoft:message-lock-lost",
        BrokerFailure.MessageSizeExceeded => AmqpErrorCode.MessageSizeExceeded,
        BrokerFailure.ServerBusy => "com.microsoft:server-busy",
        BrokerFailure.Timeout => "com.microsoft:timeout",
        BrokerFailure.NotAllowed => AmqpErrorCode.NotAllowed,
        BrokerFailure.NotImplemented => AmqpErrorCode.NotImplemented,
        BrokerFailure.ArgumentError => "com.microsoft:argument-error",
        _ => AmqpErrorCode.InternalError,
    };

    public static AmqpResponseStatusCode Status(Exception exception) => (exception as BrokerException)?.Failure switch
    {
        BrokerFailure.EntityNotFound or BrokerFailure.MessageNotFound => AmqpResponseStatusCode.NotFound,
        BrokerFailure.MessageLockLost => AmqpResponseStatusCode.Gone,
        BrokerFailure.MessageSizeExceeded => AmqpResponseStatusCode.Forbidden,
        BrokerFailure.ServerBusy => AmqpResponseStatusCode.ServiceUnavailable,
        BrokerFailure.Timeout => AmqpResponseStatusCode.RequestTimeout,
        BrokerFailure.NotImplemented => AmqpResponseStatusCode.NotImplemented,
        BrokerFailure.EntityDisabled or BrokerFailure.NotAllowed or BrokerFailure.ArgumentError => AmqpResponseStatusCode.BadRequest,
        _ => AmqpResponseStatusCode.InternalServerError,
    };
}
