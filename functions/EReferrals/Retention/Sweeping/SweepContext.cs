using EReferrals.Messaging;
using EReferrals.Storage.Retention;

namespace EReferrals.Retention.Sweeping;

/// <summary>What a run of the sweeper knows.</summary>
/// <param name="Deletes">False in a dry run.</param>
/// <param name="Letters">Every letter in quarantine.</param>
/// <param name="Erased">The referrals whose erasure is noted.</param>
/// <param name="CorrelationId">Names the pass in the audit trail.</param>
public sealed record SweepContext(
    bool Deletes, DateTimeOffset Now, IReadOnlyList<QuarantinedLetter> Letters, IReadOnlySet<string> Erased, string CorrelationId)
{
    // A message that was replayed is retried for a day. If it fails, it is in quarantine again.
    private static readonly TimeSpan ReplayTakes = TimeSpan.FromDays(2);

    private readonly HashSet<string> _awaited = [.. Waiting(Letters, Now).Select(letter => letter.Ubrn).OfType<string>()];

    /// <summary>
    /// When the latest submission in quarantine was sent: it may name any file uploaded before, and any idempotency key; null when there is none. One that was
    /// replayed lately counts, because it may not be processed yet.
    /// </summary>
    public DateTimeOffset? LastSubmission { get; } = Waiting(Letters, Now)
        // A message from an unknown queue may be a submission.
        .Where(letter => letter.Source is Queues.ReferralSubmitted or Queues.DeadLetters)
        .Max(letter => (DateTimeOffset?)(letter.EnqueuedAt ?? DateTimeOffset.MaxValue));

    /// <summary>Whether a letter in quarantine, or one that was replayed lately, is about this referral.</summary>
    public bool IsAwaited(Referrals.Values.Ubrn ubrn) => _awaited.Contains(ubrn.ToString());

    private static IEnumerable<QuarantinedLetter> Waiting(IReadOnlyList<QuarantinedLetter> letters, DateTimeOffset now) =>
        letters.Where(letter => !letter.IsReplayed || letter.DiscardedAt > now - ReplayTakes);
}
