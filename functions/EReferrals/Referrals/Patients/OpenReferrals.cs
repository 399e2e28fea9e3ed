using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Patients;

/// <summary>The open referrals under one <see cref="PatientAtService"/>, in the order in which they came. Every change makes the next revision.</summary>
/// <param name="Revision">0 before anything was kept here.</param>
public sealed record OpenReferrals(int Revision, IReadOnlyList<OpenReferral> All)
{
    /// <summary>
    /// More are not kept, so that one more of a patient who has hundreds is one more change of a list and not hundreds. What is not kept is told of those
    /// that are, and they not of it.
    /// </summary>
    public const int Most = 21;

    public static OpenReferrals None { get; } = new(0, []);

    /// <summary>With this referral when it is open here, without it when it is not. The same instance when it is so already, or when there is no room.</summary>
    public OpenReferrals With(Referral referral, PatientAtService here)
    {
        var known = All.FirstOrDefault(one => one.Ubrn == referral.Ubrn);
        var right = DuplicateRules.PlaceOf(referral) == here ? new OpenReferral(referral.Ubrn, referral.Patient.NhsNumber) : null;
        if (known == right || (known is null && All.Count >= Most)) return this;
        return new OpenReferrals(Revision + 1, right is null ? [.. All.Where(one => one != known)]
            : known is null ? [.. All, right]
            : [.. All.Select(one => one == known ? right : one)]);
    }

    /// <summary>What there is beside this referral, which is open here.</summary>
    public PossibleDuplicates Beside(Referral referral) => new(
        Revision, [.. All.Where(one => one.Ubrn != referral.Ubrn && one.NhsNumber == referral.Patient.NhsNumber).Select(one => one.Ubrn).Take(Most - 1)]);
}

public sealed record OpenReferral(Ubrn Ubrn, NhsNumber NhsNumber);
