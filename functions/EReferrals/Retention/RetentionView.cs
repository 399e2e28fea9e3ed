using EReferrals.Referrals.Retention;
using EReferrals.Retention.Sweeping;

namespace EReferrals.Retention;

/// <summary>What is kept how long, and what the sweeper does about it.</summary>
/// <param name="Pass">The present pass, or the latest; null before the first.</param>
/// <param name="Last">The last pass that was finished.</param>
internal sealed record RetentionView(SweepMode Sweep, IReadOnlyList<RetentionPeriodView> Kinds, SweepPass? Pass, SweepPass? Last);

/// <param name="Days">Null when the kind has no period of its own.</param>
internal sealed record RetentionPeriodView(RetentionKind Kind, int? Days, string Meaning, RetentionDeleter DeletedBy, string? LegalGround);
