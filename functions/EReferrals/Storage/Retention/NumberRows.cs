namespace EReferrals.Storage.Retention;

/// <summary>The rows under a UBRN, without their contents.</summary>
/// <param name="State">The code of the referral's state; null for an alias or a tombstone.</param>
/// <param name="Written">When the row of the referral was written last.</param>
/// <param name="Done">The rows that answer repeats of commands, and when they were written.</param>
public sealed record NumberRows(
    string? State, bool IsAlias, bool IsGone, bool IsFinished, DateTimeOffset Written, IReadOnlyList<(string Key, DateTimeOffset Written)> Done);
