using Azure.Messaging.ServiceBus;
using Azure.Messaging.ServiceBus.Administration;

namespace EReferrals.Messaging.Monitoring;

/// <summary>Reads the state of the queues without receiving messages.</summary>
public sealed class QueueWatch(ServiceBusClient bus, ServiceBusAdministrationClient administration, TimeProvider clock)
{
    // A peek also returns scheduled and locked messages. The oldest active one is normally among the first few.
    private const int Peeked = 16;

    private readonly Dictionary<string, ServiceBusReceiver> _receivers = Queues.All.ToDictionary(queue => queue, bus.CreateReceiver);

    /// <summary>Peeks a queue over the connection that sends submissions. Throws when the namespace does not respond.</summary>
    public async Task ReachAsync(CancellationToken cancellationToken) => await FirstOfAsync(Queues.ReferralSubmitted, 1, cancellationToken);

    public async Task<QueueDepth> DepthAsync(string queue, CancellationToken cancellationToken)
    {
        QueueRuntimeProperties properties = await administration.GetQueueRuntimePropertiesAsync(queue, cancellationToken);
        var oldest = properties.ActiveMessageCount == 0 ? null : await OldestAgeAsync(queue, cancellationToken);
        return new QueueDepth(queue, properties.ActiveMessageCount, oldest, properties.DeadLetterMessageCount);
    }

    private async Task<double?> OldestAgeAsync(string queue, CancellationToken cancellationToken)
    {
        var first = await FirstOfAsync(queue, Peeked, cancellationToken);
        var oldest = first.FirstOrDefault(message => message.State == ServiceBusMessageState.Active);
        return oldest is null ? null : Math.Max(0, Math.Round((clock.GetUtcNow() - oldest.EnqueuedTime).TotalSeconds, 1));
    }

    // A receiver remembers its last peeked message. The sequence number 0 makes every peek start at the front.
    private Task<IReadOnlyList<ServiceBusReceivedMessage>> FirstOfAsync(string queue, int count, CancellationToken cancellationToken) =>
        _receivers[queue].PeekMessagesAsync(count, fromSequenceNumber: 0, cancellationToken);
}
