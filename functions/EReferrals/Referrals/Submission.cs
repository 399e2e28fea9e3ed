using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>A referral as it was accepted: valid in itself, not yet decided. It travels on the queue <c>referral-submitted</c>.</summary>
public sealed record Submission
{
    public required Ubrn Ubrn { get; init; }

    public required Patient Patient { get; init; }

    public required string Service { get; init; }

    public required Priority Priority { get; init; }

    public string? Specialty { get; init; }

    public string? ClinicType { get; init; }

    public required string ClinicalReason { get; init; }

    public IReadOnlyList<string> Snomed { get; init; } = [];

    public IReadOnlyList<string> Attachments { get; init; } = [];

    public required LetterIntention LetterIntention { get; init; }

    public DateTimeOffset? PathwayStart { get; init; }

    public required Referrer Referrer { get; init; }

    public required Actor By { get; init; }

    public required DateTimeOffset Received { get; init; }

    public required string CorrelationId { get; init; }

    /// <summary>Null when the sender gave no <c>Idempotency-Key</c>.</summary>
    public Idempotency? Idempotency { get; init; }
}

/// <param name="KeyHash">SHA-256 of the key, lower-case hex.</param>
/// <param name="BodyHash">SHA-256 of method, path and body as they were sent, lower-case hex.</param>
public sealed record Idempotency(string KeyHash, string BodyHash)
{
    /// <summary>SHA-256 of method and path alone, for a command whose outcome is kept with its referral; else null.</summary>
    public string? OperationHash { get; init; }

    /// <summary>
    /// The body hash as releases before counted it, so that a repeat of what they accepted is known; null where they took no key. It goes with the message
    /// and into no row. To be removed a week after this release is deployed: then no key of theirs is kept any more.
    /// </summary>
    public string? FormerBodyHash { get; init; }

    /// <param name="bodyHash">As it was stored.</param>
    public bool IsOf(string bodyHash) => bodyHash == BodyHash || bodyHash == FormerBodyHash;
}
