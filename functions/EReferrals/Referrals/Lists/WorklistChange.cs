using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Lists;

/// <param name="Version">The version of the referral that this change shows.</param>
/// <param name="Entry">Null when the referral leaves the list.</param>
public sealed record WorklistChange(WorklistName Worklist, Ubrn Ubrn, int Version, WorklistEntry? Entry)
{
    /// <summary>The revision of the possible duplicates that this change shows: <see cref="PossibleDuplicates.Revision"/>.</summary>
    public int Revision { get; init; }
}
