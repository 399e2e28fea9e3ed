using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Azure.Messaging.ServiceBus;

namespace EReferrals.Messaging;

/// <summary>A message that could not be processed, without its body, which is clinical.</summary>
public sealed record DeadLetter(
    DeadLetterId Id,
    string Reason,
    string? Description,
    string MessageId,
    string? CorrelationId,
    string? Subject,
    string? ContentType,
    string? Ubrn,
    DateTimeOffset EnqueuedAt,
    DateTimeOffset DeadLetteredAt,
    int DeliveryCount)
{
    public static DeadLetter Of(string queue, ServiceBusReceivedMessage message, DateTimeOffset at) => new(
        new DeadLetterId(queue, message.SequenceNumber),
        message.DeadLetterReason ?? "Unknown",
        message.DeadLetterErrorDescription,
        message.MessageId,
        message.CorrelationId,
        message.Subject,
        message.ContentType,
        ReferralBus.UbrnOf(message),
        message.EnqueuedTime,
        at,
        message.DeliveryCount);
}

/// <param name="Sequence">The broker's sequence number: the same however often the letter is delivered.</param>
public readonly record struct DeadLetterId(string Queue, long Sequence)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Queue}.{Sequence}");

    public static bool TryParse([NotNullWhen(true)] string? text, out DeadLetterId id)
    {
        id = default;
        if (text?.Split('.') is not [var queue, var number] || !Queues.All.Contains(queue)) return false;
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)) return false;
        id = new DeadLetterId(queue, sequence);
        return true;
    }
}
