using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Patients;

/// <summary>The other open referrals of the patient to the service of a referral, oldest first.</summary>
/// <param name="Revision">Of two values for the same version of a referral, the greater is newer.</param>
public sealed record PossibleDuplicates(int Revision, IReadOnlyList<Ubrn> Others)
{
    public static PossibleDuplicates None { get; } = new(0, []);
}
