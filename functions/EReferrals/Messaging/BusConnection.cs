using Azure.Core;
using Azure.Messaging.ServiceBus;

namespace EReferrals.Messaging;

public static class BusConnection
{
    /// <summary>Senders wait; a broker that does not answer within a few seconds is a 503 to them.</summary>
    public static ServiceBusClient Open(ServiceBusNamespace settings, TokenCredential credential)
    {
        var options = new ServiceBusClientOptions { RetryOptions = { TryTimeout = TimeSpan.FromSeconds(3), MaxRetries = 1 } };
        return settings.ConnectionString is { } connection
            ? new ServiceBusClient(connection, options)
            : new ServiceBusClient(settings.FullyQualifiedNamespace, credential, options);
    }
}
