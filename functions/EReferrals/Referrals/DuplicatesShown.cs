namespace EReferrals.Referrals;

/// <summary>What a reader is told of the other open referrals of the patient to the service.</summary>
/// <param name="DuplicateOf">The oldest that the reader may know, when it is older than the referral itself.</param>
/// <param name="PossibleDuplicates">Oldest first; empty when there are only such as the reader may not know, null when there are none.</param>
public sealed record DuplicatesShown(Ubrn? DuplicateOf, IReadOnlyList<Ubrn>? PossibleDuplicates)
{
    public static DuplicatesShown None { get; } = new(null, null);
}
