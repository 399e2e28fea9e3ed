using Azure.Messaging.ServiceBus;

namespace EReferrals.Messaging;

/// <summary>Queues audit entries while neither storage account accepts them.</summary>
public sealed class AuditPending(ServiceBusClient bus, TimeProvider clock)
{
    // Both accounts have just failed. A message that is read at once would only use up its deliveries.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly ServiceBusSender _sender = bus.CreateSender(Queues.AuditPending);

    public async Task SendAuditPendingAsync(BinaryData body, CancellationToken cancellationToken)
    {
        var message = new ServiceBusMessage(body)
        {
            MessageId = Guid.NewGuid().ToString(),
            ContentType = "application/jsonl",
            ScheduledEnqueueTime = clock.GetUtcNow() + Pause,
        };
        await _sender.SendWithinLimitAsync(message, cancellationToken);
    }
}
