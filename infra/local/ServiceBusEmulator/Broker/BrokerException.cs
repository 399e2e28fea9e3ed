namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>What the broker refuses, and why. The sender or receiver sees it in the words of AMQP.</summary>
internal sealed class BrokerException(BrokerFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    public BrokerFailure Failure => failure;
}
