using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Azure.Messaging.ServiceBus;

namespace EReferrals.Messaging;

/// <summary>A message that could not be processed, without its body, which is clinical.</summary>
/// <param name="Queue">The one that it was given up on, and that a replay goes to.</param>
public sealed record DeadLetter(
    DeadLetterId Id,
    string Queue,
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
    /// <param name="message">As it came on <see cref="Queues.DeadLetters"/>.</param>
    public static DeadLetter From(ServiceBusReceivedMessage message, DateTimeOffset at) => new(
        new DeadLetterId(Queues.DeadLetters, message.SequenceNumber),
        SourceOf(message),
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

    // What somebody put there by hand comes from nowhere; a replay brings it back to where it lies.
    private static string SourceOf(ServiceBusReceivedMessage message) =>
        Queues.All.FirstOrDefault(queue => string.Equals(queue, message.DeadLetterSource, StringComparison.OrdinalIgnoreCase)) ?? Queues.DeadLetters;
}

/// <param name="Queue">Where the number was given: a letter of before all of them came to one queue keeps the name of its own.</param>
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
