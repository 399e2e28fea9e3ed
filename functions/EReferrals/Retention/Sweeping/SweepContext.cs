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
    private readonly HashSet<string> _awaited = [.. Letters.Where(letter => !letter.IsReplayed).Select(letter => letter.Ubrn).OfType<string>()];

    /// <summary>When the latest submission in quarantine was sent: it may name any file uploaded before; null when there is none.</summary>
    public DateTimeOffset? LastSubmission { get; } = Letters
        .Where(letter => letter.Source == Messaging.Queues.ReferralSubmitted && !letter.IsReplayed)
        .Max(letter => (DateTimeOffset?)(letter.EnqueuedAt ?? DateTimeOffset.MaxValue));

    /// <summary>Whether a letter in quarantine is about this referral.</summary>
    public bool IsAwaited(Referrals.Values.Ubrn ubrn) => _awaited.Contains(ubrn.ToString());
}
