using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Retention;

/// <summary>The rows under a UBRN, without their contents.</summary>
/// <param name="Written">When the row of the referral was written last.</param>
/// <param name="Done">The rows that answer repeats of commands.</param>
public sealed record NumberRows(Ubrn Ubrn, bool IsAlias, bool IsGone, bool IsFinished, DateTimeOffset Written, IReadOnlyList<DoneRow> Done);

/// <param name="Key">The row key.</param>
public sealed record DoneRow(string Key, DateTimeOffset Written);
