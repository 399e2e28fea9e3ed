using System.Globalization;

namespace EReferrals.Storage.Tables;

/// <summary>A message that could not be processed, without its body, which is clinical.</summary>
/// <param name="Queue">The queue that could not process it. A replay sends it there.</param>
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
    int DeliveryCount);

/// <param name="Queue">The queue whose sequence number this is. Dead letters of an earlier release have the name of their own queue here.</param>
/// <param name="Sequence">The broker's sequence number, which is the same at every delivery.</param>
public readonly record struct DeadLetterId(string Queue, long Sequence)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Queue}.{Sequence}");
}
