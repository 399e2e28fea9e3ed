using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Web;

/// <summary>One code of a reference list.</summary>
/// <param name="CancelsAppointment">Whether it may cancel a referral that is booked.</param>
/// <param name="EffectiveTo">The first day on which it is no longer valid; null when it has no end.</param>
public sealed record PageReason(
    string Code,
    string Display,
    ReasonType Type,
    ReasonUsage? Usage,
    IReadOnlyList<Role> Roles,
    bool CommentIsMandatory,
    bool CancelsAppointment,
    DateOnly? EffectiveFrom,
    DateOnly? EffectiveTo)
{
    public static PageReason From(Reason reason) => new(
        reason.Code,
        reason.Display,
        reason.Type,
        reason.Usage,
        reason.Roles,
        reason.CommentIsMandatory,
        reason.CanCancelAppointment,
        reason.EffectiveFrom,
        reason.EffectiveTo);
}
