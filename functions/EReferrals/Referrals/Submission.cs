using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>An accepted submission: valid in itself, but not processed yet. It is the body of a message on the queue <c>referral-submitted</c>.</summary>
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
/// <param name="BodyHash">SHA-256 of method, path and body as sent, lower-case hex.</param>
public sealed record Idempotency(string KeyHash, string BodyHash)
{
    /// <summary>SHA-256 of method and path only, for a command whose outcome is stored with its referral; otherwise null.</summary>
    public string? OperationHash { get; init; }

    /// <summary>
    /// The body hash as earlier releases computed it, so that a retry of a request that they accepted is recognised; null for requests for which they did not
    /// accept a key. It is part of the message and never stored. Remove it a week after this release is deployed, when the keys of earlier
    /// releases have expired.
    /// </summary>
    public string? FormerBodyHash { get; init; }

    /// <summary>Whether a stored body hash is that of this request.</summary>
    /// <param name="bodyHash">The stored hash.</param>
    public bool IsOf(string bodyHash) => bodyHash == BodyHash || bodyHash == FormerBodyHash;
}
