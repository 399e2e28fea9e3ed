using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;

namespace EReferrals.Retention;

/// <summary>Whether a referral is kept, and why, without patient data.</summary>
/// <param name="Version">The version to send as If-Match.</param>
/// <param name="HasEnded">Nobody has to act on it any more.</param>
/// <param name="DueAt">When it may be deleted; null while it has not ended.</param>
/// <param name="Removed">Why it is gone; null while it exists.</param>
internal sealed record KeptReferralView(
    Ubrn Ubrn, int Version, bool HasEnded, DateTimeOffset? DueAt, LegalHold? LegalHold, Removal? Removed, DateTimeOffset? RemovedAt, bool? IsFinished);
