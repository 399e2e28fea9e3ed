using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Patients;

/// <summary>The open referrals under one <see cref="PatientAtService"/>, in the order of arrival. Every change increments the revision.</summary>
/// <param name="Revision">0 before the first referral was stored.</param>
public sealed record OpenReferrals(int Revision, IReadOnlyList<OpenReferral> All)
{
    /// <summary>
    /// The maximum number of stored referrals. It bounds how many worklist entries change when a patient with hundreds of referrals gets one more.
    /// A referral that is not stored shows the stored ones as possible duplicates, but they do not show it.
    /// </summary>
    public const int Most = 21;

    public static OpenReferrals None { get; } = new(0, []);

    /// <summary>
    /// Returns the list with this referral when it is open here, and without it when it is not. Returns the same instance when nothing changes or
    /// when the list is full.
    /// </summary>
    public OpenReferrals With(Referral referral, PatientAtService here)
    {
        var stored = All.FirstOrDefault(one => one.Ubrn == referral.Ubrn);
        var current = DuplicateRules.PlaceOf(referral) == here ? new OpenReferral(referral.Ubrn, referral.Patient.NhsNumber) : null;
        if (stored == current || (stored is null && All.Count >= Most)) return this;
        return new OpenReferrals(Revision + 1, current is null ? [.. All.Where(one => one != stored)]
            : stored is null ? [.. All, current]
            : [.. All.Select(one => one == stored ? current : one)]);
    }

    /// <summary>The list without this referral. Returns the same instance when it is not on it.</summary>
    public OpenReferrals Without(Ubrn ubrn) =>
        All.Any(one => one.Ubrn == ubrn) ? new OpenReferrals(Revision + 1, [.. All.Where(one => one.Ubrn != ubrn)]) : this;

    /// <summary>
    /// Nothing is lost with the row: no referral is open, and it was never full, so no open referral that it does not have shows one of its revisions.
    /// </summary>
    public bool MayGo => All.Count == 0 && Revision < Most;

    /// <summary>The other open referrals of the same patient here.</summary>
    public PossibleDuplicates Beside(Referral referral) => new(
        Revision, [.. All.Where(one => one.Ubrn != referral.Ubrn && one.NhsNumber == referral.Patient.NhsNumber).Select(one => one.Ubrn).Take(Most - 1)]);
}

public sealed record OpenReferral(Ubrn Ubrn, NhsNumber NhsNumber);
