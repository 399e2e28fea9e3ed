using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Patients;

/// <summary>Finds referrals that may be the same one sent twice. A possible duplicate is never refused: the clinician decides. Pure.</summary>
public static class DuplicateRules
{
    /// <summary>
    /// Whether the patient may still be seen because of this referral. Rejected, assessed, attended, cancelled and acknowledged referrals are closed.
    /// </summary>
    public static bool IsOpen(Referral referral) => referral.Status == ReferralStatus.Active
        && referral.State is not (ReferralState.Rejected or ReferralState.AssessmentResult)
        && !(referral.CameBack && referral.Acknowledged)
        && referral.Referrer.Organisation != ReservedOrganisation.Canary;

    /// <summary>The place under which other referrals find this one; null when it cannot be a duplicate.</summary>
    public static PatientAtService? PlaceOf(Referral referral) => IsOpen(referral) ? PatientAtService.From(referral) : null;

    /// <summary>The places at which the duplicates of other referrals change; empty when none do.</summary>
    public static IReadOnlyList<PatientAtService> Touched(Referral before, Referral after) =>
        PlaceOf(before) == PlaceOf(after) && before.Patient.NhsNumber == after.Patient.NhsNumber
            ? []
            : [.. new[] { PlaceOf(before), PlaceOf(after) }.OfType<PatientAtService>().Distinct()];

    /// <summary>Whether the reader may see the possible duplicates: only the present referrer and the present provider may.</summary>
    public static bool IsToldTo(Referral referral, Actor reader) => reader.Role.IsReferring()
        ? reader.Organisation == referral.Referrer.Organisation
        : reader.Organisation == referral.Service.Provider;
}
