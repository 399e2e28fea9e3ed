using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.DeadLetters;

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(DeadLettersPage))]
[JsonSerializable(typeof(DeadLetterView))]
[JsonSerializable(typeof(ReplayedLetter))]
[JsonSerializable(typeof(AskedDiscard))]
internal sealed partial class DeadLetterJson : JsonSerializerContext;

/// <param name="Next">The cursor of the next page; null on the last page.</param>
internal sealed record DeadLettersPage(
    IReadOnlyList<DeadLetterView> DeadLetters, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next);

internal sealed record DeadLetterView(
    string Id,
    string Queue,
    string Reason,
    string? Description,
    string? Ubrn,
    string? CorrelationId,
    DateTimeOffset EnqueuedAt,
    DateTimeOffset DeadLetteredAt,
    int DeliveryCount)
{
    public static DeadLetterView From(DeadLetter letter) => new(
        letter.Id.ToString(), letter.Queue, letter.Reason, letter.Description, letter.Ubrn, letter.CorrelationId,
        letter.EnqueuedAt, letter.DeadLetteredAt, letter.DeliveryCount);
}

/// <param name="MessageId">The id of the message that is now on the queue.</param>
internal sealed record ReplayedLetter(string Id, string MessageId);
