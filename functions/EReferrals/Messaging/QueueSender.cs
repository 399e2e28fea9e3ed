using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;

namespace EReferrals.Messaging;

/// <summary>Sends single messages to any queue.</summary>
public sealed class QueueSender(ServiceBusClient client)
{
    private readonly ConcurrentDictionary<string, ServiceBusSender> _senders = new();

    /// <summary>Sends a message under a new id, so that duplicate detection does not drop it. Returns the id.</summary>
    public async Task<string> SendAsync(string queue, QueueMessage message, CancellationToken cancellationToken)
    {
        var sent = new ServiceBusMessage(message.Body)
        {
            MessageId = Guid.NewGuid().ToString(),
            CorrelationId = message.CorrelationId,
            Subject = message.Subject,
            ContentType = message.ContentType,
        };
        if (message.Ubrn is { } ubrn) sent.ApplicationProperties[ReferralBus.UbrnProperty] = ubrn;
        await _senders.GetOrAdd(queue, client.CreateSender).SendWithinLimitAsync(sent, cancellationToken);
        return sent.MessageId;
    }
}

/// <param name="Ubrn">The referral that the message is about; null when there is none.</param>
public sealed record QueueMessage(BinaryData Body, string? CorrelationId, string? Subject, string? ContentType, string? Ubrn);
