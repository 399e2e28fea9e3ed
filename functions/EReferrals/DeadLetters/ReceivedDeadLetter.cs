using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Storage.Tables;

namespace EReferrals.DeadLetters;

internal static class ReceivedDeadLetter
{
    /// <param name="message">As it arrived on <see cref="Queues.DeadLetters"/>.</param>
    public static DeadLetter ToDeadLetter(this ServiceBusReceivedMessage message, DateTimeOffset now) => new(
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
        now,
        message.DeliveryCount);

    // A message that an operator put on the queue by hand has no source. A replay sends it back to the dead-letter queue.
    private static string SourceOf(ServiceBusReceivedMessage message) =>
        Queues.All.FirstOrDefault(queue => string.Equals(queue, message.DeadLetterSource, StringComparison.OrdinalIgnoreCase)) ?? Queues.DeadLetters;
}
