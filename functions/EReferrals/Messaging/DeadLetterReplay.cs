using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;

namespace EReferrals.Messaging;

/// <summary>Puts a dead letter on its queue again. Under a new id, or duplicate detection would drop it; with its 24 hours ahead of it.</summary>
public sealed class DeadLetterReplay(ServiceBusClient client)
{
    private readonly ConcurrentDictionary<string, ServiceBusSender> _senders = new();

    /// <summary>The new message's id.</summary>
    public async Task<string> SendAsync(DeadLetter letter, BinaryData body, CancellationToken cancellationToken)
    {
        var message = new ServiceBusMessage(body)
        {
            MessageId = Guid.NewGuid().ToString(),
            CorrelationId = letter.CorrelationId,
            Subject = letter.Subject,
            ContentType = letter.ContentType,
        };
        if (letter.Ubrn is { } ubrn) message.ApplicationProperties[ReferralBus.UbrnProperty] = ubrn;
        await _senders.GetOrAdd(letter.Queue, client.CreateSender).SendWithinLimitAsync(message, cancellationToken);
        return message.MessageId;
    }
}
