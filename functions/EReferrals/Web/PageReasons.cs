using EReferrals.Referrals;

namespace EReferrals.Web;

/// <summary>The reference lists of reasons. <see cref="ReasonRules"/> decides; the page only leaves out what it knows to be refused.</summary>
public sealed record PageReasons(
    IReadOnlyList<PageReason> AppointmentCancellation, IReadOnlyList<PageReason> ReferralCancellation, IReadOnlyList<PageReason> NonAttendance)
{
    public static PageReasons Current { get; } = new(
        List(Referrals.Reasons.AppointmentCancellation), List(Referrals.Reasons.ReferralCancellation), List(Referrals.Reasons.NonAttendance));

    private static IReadOnlyList<PageReason> List(IReadOnlyList<Reason> reasons) => [.. reasons.Select(PageReason.From)];
}
