namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>Maps broker failures to the error conditions of Service Bus.</summary>
internal static class AmqpErrors
{
    public static AmqpException ToAmqp(Exception exception) => exception as AmqpException ?? new AmqpException(ToError(exception));

    public static Error ToError(Exception exception) => new() { Condition = Of(exception).Condition, Description = exception.Message };

    /// <summary>Returns the condition of an error and the status code of a response that carries it.</summary>
    public static (AmqpSymbol Condition, AmqpResponseStatusCode Status) Of(Exception exception) => (exception as BrokerException)?.Failure switch
    {
        BrokerFailure.EntityNotFound => (AmqpErrorCode.NotFound, AmqpResponseStatusCode.NotFound),
        BrokerFailure.EntityDisabled => ("com.microsoft:entity-disabled", AmqpResponseStatusCode.BadRequest),
        BrokerFailure.MessageNotFound => ("com.microsoft:message-not-found", AmqpResponseStatusCode.NotFound),
        BrokerFailure.MessageLockLost => ("com.microsoft:message-lock-lost", AmqpResponseStatusCode.Gone),
        BrokerFailure.MessageSizeExceeded => (AmqpErrorCode.MessageSizeExceeded, AmqpResponseStatusCode.Forbidden),
        BrokerFailure.ServerBusy => ("com.microsoft:server-busy", AmqpResponseStatusCode.ServiceUnavailable),
        BrokerFailure.Timeout => ("com.microsoft:timeout", AmqpResponseStatusCode.RequestTimeout),
        BrokerFailure.NotAllowed => (AmqpErrorCode.NotAllowed, AmqpResponseStatusCode.BadRequest),
        BrokerFailure.NotImplemented => (AmqpErrorCode.NotImplemented, AmqpResponseStatusCode.NotImplemented),
        BrokerFailure.ArgumentError => ("com.microsoft:argument-error", AmqpResponseStatusCode.BadRequest),
        _ => (AmqpErrorCode.InternalError, AmqpResponseStatusCode.InternalServerError),
    };
}
