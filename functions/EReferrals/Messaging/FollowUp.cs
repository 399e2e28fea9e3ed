using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;

namespace EReferrals.Messaging;

/// <summary>The body of a message on <c>referral-follow-up</c>: the worklists that a change of this referral affects.</summary>
/// <param name="Version">The version that the change creates; null when the function has waited for it before.</param>
/// <param name="Letters">True when letters were added: the scan result of one may have arrived between the decision and the commit.</param>
/// <param name="Places">Where other referrals list this one as a possible duplicate, or will; null when nothing changes for them.</param>
/// <param name="Slots">The slots that the change books and gives back; null when there are none.</param>
public sealed record FollowUp(
    Ubrn Ubrn,
    IReadOnlyList<string> Worklists,
    int? Version = null,
    bool? Letters = null,
    IReadOnlyList<PatientAtService>? Places = null,
    IReadOnlyList<SlotName>? Slots = null)
{
    /// <summary>True when the change creates the referral: without it, the creation failed and was never confirmed to the caller.</summary>
    public bool? IsNew { get; init; }

    /// <summary>The follow-up of a referral that is created without a submission on a queue.</summary>
    public static FollowUp OfCreated(Referral referral) => new(
        referral.Ubrn, [.. WorklistRules.ListsOf(referral).Select(list => list.ToString())], referral.Version, null, [PatientAtService.From(referral)])
    {
        IsNew = true,
    };

    public static FollowUp From(Referral before, Referral after)
    {
        var isAdded = after.Attachments.Any(letter => before.Attachments.All(old => old.Id != letter.Id));
        var lists = WorklistRules.Touched(before, after).Select(list => list.ToString());
        var places = DuplicateRules.Touched(before, after);
        var slots = SlotRules.Touched(before, after);
        return new FollowUp(
            after.Ubrn, [.. lists], after.Version, isAdded ? true : null, places.Count == 0 ? null : places, slots.Count == 0 ? null : slots);
    }
}
