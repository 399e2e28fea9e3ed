using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>Which reason may be given for what, by whom, and when it needs a comment. Null means that it may.</summary>
public static class ReasonRules
{
    public static Refusal? ForRejection(string code, string? comments, Role role, DateOnly today) => Judge(
        Reasons.AppointmentCancellation, code, comments, role, today, reason => reason.Usage == ReasonUsage.Reject);

    /// <summary>A referrer speaks for the patient, a provider for itself.</summary>
    public static Refusal? ForCancelledAppointment(string code, string? comments, Role role, DateOnly today) => Judge(
        Reasons.AppointmentCancellation,
        code,
        comments,
        role,
        today,
        reason => role.IsReferring() ? reason.Usage == ReasonUsage.Cancel : reason.Type == ReasonType.Provider);

    public static Refusal? ForMissedAppointment(string code, string? comments, Role role, DateOnly today) =>
        Judge(Reasons.NonAttendance, code, comments, role, today, _ => true);

    /// <summary>e-RS A036: a booked patient needs a reason that can cancel appointments; after triage a provider gives a triage reason, and never else.</summary>
    public static Refusal? ForCancelledReferral(Referral referral, string code, string? comments, Role role, DateOnly today) => Judge(
        Reasons.ReferralCancellation,
        code,
        comments,
        role,
        today,
        reason => reason.Usage == ReasonUsage.CancelReferral
            && (reason.CanCancelAppointment || referral.State != ReferralState.Booked)
            && (role.IsReferring() || SuitsProvider(referral, reason)));

    private static bool SuitsProvider(Referral referral, Reason reason) => referral.State == ReferralState.TriagedProviderToAction
        ? reason.Type == ReasonType.ProviderTriage
        : reason.Type is ReasonType.Provider or ReasonType.Patient;

    private static Refusal? Judge(
        IReadOnlyList<Reason> list, string code, string? comments, Role role, DateOnly today, Func<Reason, bool> suits)
    {
        bool MayBeGiven(Reason reason) => reason.IsInDate(today) && reason.Roles.Contains(role) && suits(reason);

        if (list.FirstOrDefault(reason => reason.Code == code) is not { } given)
        {
            return new Refusal("ReasonMustBeKnown", "INVALID_CODE", $"'reason' is not in its list. {Choice()}", "/reason");
        }

        if (!MayBeGiven(given))
        {
            return new Refusal("ReasonMustSuit", "INAPPROPRIATE_VALUE", $"'reason' {code} may not be given here. {Choice()}", "/reason");
        }

        return given.CommentIsMandatory && BlankText.Is(comments)
            ? new Refusal("ReasonNeedsComment", "MISSING_VALUE", $"'comments' is missing; reason {code} needs one.", "/comments")
            : null;

        string Choice() => $"Give one of {string.Join(", ", list.Where(MayBeGiven).Select(reason => reason.Code))}.";
    }
}
