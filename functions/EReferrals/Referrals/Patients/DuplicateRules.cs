using EReferrals.Referrals.Organisations;

namespace EReferrals.Referrals.Patients;

/// <summary>Which referrals may be the same one sent twice. Nobody is refused for it: the clinician decides. Pure.</summary>
public static class DuplicateRules
{
    /// <summary>The patient may yet be seen because of it. What was rejected, assessed, attended, cancelled, or came back and is dealt with, has ended.</summary>
    public static bool IsOpen(Referral referral) => referral.Status == ReferralStatus.Active
        && referral.State is not (ReferralState.Rejected or ReferralState.AssessmentResult)
        && !(referral.CameBack && referral.Acknowledged)
        && referral.Referrer.Organisation != ReservedOrganisation.Canary;

    /// <summary>Where others find it; null when it is nobody's duplicate.</summary>
    public static PatientAtService? PlaceOf(Referral referral) => IsOpen(referral) ? PatientAtService.From(referral) : null;

    /// <summary>Where something changes for others; none when they go on as they are.</summary>
    public static IReadOnlyList<PatientAtService> Touched(Referral before, Referral after) =>
        PlaceOf(before) == PlaceOf(after) && before.Patient.NhsNumber == after.Patient.NhsNumber
            ? []
            : [.. new[] { PlaceOf(before), PlaceOf(after) }.OfType<PatientAtService>().Distinct()];

    /// <summary>Whoever has it now is told of the others, and not who had it once.</summary>
    public static bool IsToldTo(Referral referral, Actor reader) => reader.Role.IsReferring()
        ? reader.Organisation == referral.Referrer.Organisation
        : reader.Organisation == referral.Service.Provider;
}
