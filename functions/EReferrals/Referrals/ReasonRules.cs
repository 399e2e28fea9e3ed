using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>Decides which reason a role may give for a command, and when a comment is required. Each method returns null when the reason is allowed.</summary>
public static class ReasonRules
{
    public static Refusal? ForRejection(string code, string? comments, Role role, DateOnly today) => Judge(
        Reasons.AppointmentCancellation, code, comments, role, today, reason => reason.Usage == ReasonUsage.Reject);

    /// <summary>A referrer gives a reason of the patient, a provider its own.</summary>
    public static Refusal? ForCancelledAppointment(string code, string? comments, Role role, DateOnly today) => Judge(
        Reasons.AppointmentCancellation,
        code,
        comments,
        role,
        today,
        reason => role.IsReferring() ? reason.Usage == ReasonUsage.Cancel : reason.Type == ReasonType.Provider);

    public static Refusal? ForMissedAppointment(string code, string? comments, Role role, DateOnly today) =>
        Judge(Reasons.NonAttendance, code, comments, role, today, _ => true);

    /// <summary>
    /// e-RS A036: a booked referral needs a reason that can cancel appointments. A provider must give a triage reason after triage, and may not
    /// give one in any other state.
    /// </summary>
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
        bool IsAllowed(Reason reason) => reason.IsInDate(today) && reason.Roles.Contains(role) && suits(reason);

        if (list.FirstOrDefault(reason => reason.Code == code) is not { } match)
        {
            return new Refusal("ReasonMustBeKnown", "INVALID_CODE", $"'reason' is not a known code. {Choice()}", "/reason");
        }

        if (!IsAllowed(match))
        {
            return new Refusal("ReasonMustSuit", "INAPPROPRIATE_VALUE", $"'reason' {code} is not allowed here. {Choice()}", "/reason");
        }

        return match.CommentIsMandatory && BlankText.Is(comments)
            ? new Refusal("ReasonNeedsComment", "MISSING_VALUE", $"'comments' is missing. Reason {code} requires a comment.", "/comments")
            : null;

        string Choice() => $"Use one of {string.Join(", ", list.Where(IsAllowed).Select(reason => reason.Code))}.";
    }
}
