using System.Globalization;
using EReferrals.Messaging;
using EReferrals.Storage.Tables;

namespace EReferrals.DeadLetters;

internal static class DeadLetterIds
{
    /// <summary>Null when the text is not the id of a dead letter, such as <c>dead-letters.7</c>.</summary>
    public static DeadLetterId? Parse(string? text) =>
        text?.Split('.') is [var queue, var number] && Queues.All.Contains(queue)
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? new DeadLetterId(queue, sequence)
            : null;

    /// <summary>Null when the text is not an id, or when no dead letter has this id.</summary>
    public static async Task<DeadLetter?> FindAsync(this QuarantineTable quarantine, string id, CancellationToken cancellationToken) =>
        Parse(id) is { } parsed ? await quarantine.FindAsync(parsed, cancellationToken) : null;
}
