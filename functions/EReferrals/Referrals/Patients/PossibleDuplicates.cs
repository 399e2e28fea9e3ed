using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Patients;

/// <summary>What is known beside a version of a referral: the other open referrals of its patient to its service, oldest first.</summary>
/// <param name="Revision">Of two for one version the greater is newer.</param>
public sealed record PossibleDuplicates(int Revision, IReadOnlyList<Ubrn> Others)
{
    public static PossibleDuplicates None { get; } = new(0, []);
}
