namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>The broker rejects an operation. The client sees the reason as an AMQP error.</summary>
internal sealed class BrokerException(BrokerFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    public BrokerFailure Failure => failure;
}
