using Azure.Messaging.ServiceBus;

namespace EReferrals.Messaging;

/// <summary>Where audit entries wait while both storage accounts are away.</summary>
public sealed class AuditPending(ServiceBusClient bus, TimeProvider clock)
{
    // Both accounts have just refused: read at once, the message would only burn its deliveries.
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
