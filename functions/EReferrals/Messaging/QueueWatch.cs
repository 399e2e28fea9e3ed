using Azure.Messaging.ServiceBus;
using Azure.Messaging.ServiceBus.Administration;

namespace EReferrals.Messaging;

/// <summary>Looks at the queues without taking anything from them.</summary>
public sealed class QueueWatch(ServiceBusClient bus, ServiceBusAdministrationClient administration, TimeProvider clock)
{
    // Peeking shows scheduled and locked messages too; the first active one is normally among the first few.
    private const int Peeked = 16;

    private readonly Dictionary<string, ServiceBusReceiver> _receivers = Queues.All.ToDictionary(queue => queue, bus.CreateReceiver);

    /// <summary>Over the same connection that submissions are sent on. Throws when the namespace does not answer.</summary>
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

    // A receiver remembers how far it has peeked; the number makes it begin at the start each time.
    private Task<IReadOnlyList<ServiceBusReceivedMessage>> FirstOfAsync(string queue, int count, CancellationToken cancellationToken) =>
        _receivers[queue].PeekMessagesAsync(count, fromSequenceNumber: 0, cancellationToken);
}
