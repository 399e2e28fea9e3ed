#nullable disable
using Azure.Core;
using EReferrals.LocalRuntime.Broker;

namespace Azure.Messaging.ServiceBus.Administration;

public class ServiceBusAdministrationClient
{
    private readonly string _host;

    public ServiceBusAdministrationClient(string connectionString) => _host = ConnectionString.Host(connectionString);

    public ServiceBusAdministrationClient(string fullyQualifiedNamespace, TokenCredential credential)
    {
        _host = ConnectionString.HostOfNamespace(fullyQualifiedNamespace);
        Check.NotNull(credential, nameof(credential));
    }

    protected ServiceBusAdministrationClient()
    {
    }

    public virtual Task<Response<QueueRuntimeProperties>> GetQueueRuntimePropertiesAsync(
        string name, CancellationToken cancellationToken = default)
    {
        Check.NotEmpty(name, nameof(name));
        cancellationToken.ThrowIfCancellationRequested();
        var statistics = LocalBroker.Find(_host).QueueStatistics(name);
        return Task.FromResult(Response.FromValue(
            new QueueRuntimeProperties(name)
            {
                ActiveMessageCount = statistics.Available + statistics.Locked + statistics.Deferred,
                ScheduledMessageCount = statistics.Scheduled,
                DeadLetterMessageCount = statistics.DeadLettered,
                TotalMessageCount = statistics.Total,
                SizeInBytes = statistics.SizeInBytes,
            },
            new LocalResponse()));
    }
}
