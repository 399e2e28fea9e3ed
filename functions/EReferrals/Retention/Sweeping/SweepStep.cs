using EReferrals.Referrals.Retention;

namespace EReferrals.Retention.Sweeping;

/// <param name="Next">Where the next step begins; null when the part is done.</param>
public sealed record SweepStep(string? Next, IReadOnlyList<SweepFinding> Found);

/// <summary>Something that is due.</summary>
/// <param name="Example">An identifier without patient data.</param>
public sealed record SweepFinding(RetentionKind Kind, string Example, bool IsDeleted);
