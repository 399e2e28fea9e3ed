using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Retention;

/// <summary>A dead letter in quarantine, without its contents.</summary>
/// <param name="Body">The name of its blob.</param>
/// <param name="Source">The queue that it was sent to.</param>
/// <param name="DiscardedAt">When it was discarded or replayed; null while it waits for an operator.</param>
/// <param name="IsReplayed">It was sent again. Only its row is left, to answer repeats.</param>
public sealed record QuarantinedLetter(
    string Partition, string RowKey, string Body, string Source, string? Ubrn, DateTimeOffset? EnqueuedAt, DateTimeOffset? DiscardedAt,
    bool IsReplayed)
{
    /// <param name="aliases">The numbers that became part of a referral, each with the number of that referral.</param>
    internal bool IsAbout(Ubrn ubrn, IReadOnlyDictionary<string, Ubrn> aliases) =>
        Ubrn is { } number && (number == ubrn.ToString() || (aliases.TryGetValue(number, out var first) && first == ubrn));
}
