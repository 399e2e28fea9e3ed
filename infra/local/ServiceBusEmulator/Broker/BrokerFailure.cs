namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>A reason for which the broker rejects an operation, named as in the service.</summary>
/// <param name="Condition">The condition of an AMQP error.</param>
/// <param name="Status">The status code of a response that carries the error.</param>
internal sealed record BrokerFailure(AmqpSymbol Condition, AmqpResponseStatusCode Status)
{
    public static readonly BrokerFailure EntityNotFound = new(AmqpErrorCode.NotFound, AmqpResponseStatusCode.NotFound);
    public static readonly BrokerFailure EntityDisabled = new("com.microsoft:entity-disabled", AmqpResponseStatusCode.BadRequest);
    public static readonly BrokerFailure MessageNotFound = new("com.microsoft:message-not-found", AmqpResponseStatusCode.NotFound);
    public static readonly BrokerFailure MessageLockLost = new("com.microsoft:message-lock-lost", AmqpResponseStatusCode.Gone);
    public static readonly BrokerFailure MessageSizeExceeded = new(AmqpErrorCode.MessageSizeExceeded, AmqpResponseStatusCode.Forbidden);
    public static readonly BrokerFailure ServerBusy = new("com.microsoft:server-busy", AmqpResponseStatusCode.ServiceUnavailable);
    public static readonly BrokerFailure Timeout = new("com.microsoft:timeout", AmqpResponseStatusCode.RequestTimeout);
    public static readonly BrokerFailure NotAllowed = new(AmqpErrorCode.NotAllowed, AmqpResponseStatusCode.BadRequest);
    public static readonly BrokerFailure NotImplemented = new(AmqpErrorCode.NotImplemented, AmqpResponseStatusCode.NotImplemented);
    public static readonly BrokerFailure ArgumentError = new("com.microsoft:argument-error", AmqpResponseStatusCode.BadRequest);
    public static readonly BrokerFailure InternalError = new(AmqpErrorCode.InternalError, AmqpResponseStatusCode.InternalServerError);

    public static BrokerFailure From(Exception exception) => (exception as BrokerException)?.Failure ?? InternalError;

    public static Error ErrorFrom(Exception exception) => new() { Condition = From(exception).Condition, Description = exception.Message };
}
