using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;

namespace EReferrals.Messaging;

/// <summary>What <c>referral-follow-up</c> carries: the lists that a change of this referral touches.</summary>
/// <param name="Version">The version that the change was to make; null when it has been waited for already.</param>
/// <param name="Letters">Letters were added, and a verdict on one may have come between the decision and the commit.</param>
/// <param name="Places">Where others have it, or will have it, as their possible duplicate; null when nothing changes for them.</param>
public sealed record FollowUp(
    Ubrn Ubrn, IReadOnlyList<string> Worklists, int? Version = null, bool? Letters = null, IReadOnlyList<PatientAtService>? Places = null)
{
    public static FollowUp From(Referral before, Referral after)
    {
        var isAdded = after.Attachments.Any(letter => before.Attachments.All(old => old.Id != letter.Id));
        var lists = WorklistRules.Touched(before, after).Select(list => list.ToString());
        var places = DuplicateRules.Touched(before, after);
        return new FollowUp(after.Ubrn, [.. lists], after.Version, isAdded ? true : null, places.Count == 0 ? null : places);
    }
}
