using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Reading;

/// <summary>The actions that e-RS offers a caller on a referral (section 9 of the contract). The rules decide about the states.</summary>
internal static class AvailableActions
{
    /// <param name="canBeBooked">Whether the shortlist has a service that is directly bookable or takes triage requests.</param>
    /// <param name="isDirectlyBooked">Whether the service of the appointment is directly bookable.</param>
    public static IEnumerable<string> Of(Referral referral, Actor actor, bool canBeBooked, bool isDirectlyBooked)
    {
        // A former provider may read the referral, but do nothing.
        if (referral.Status != ReferralStatus.Active || !Relationships.MayChange(referral, actor)) yield break;
        if (actor.Role is Role.ReferringClinician or Role.ReferringClinicianAdmin)
        {
            if (ReferralRules.MayBook(referral) && canBeBooked) yield return "CREATE_APPOINTMENT";
            if (ReferralRules.MayChooseAgain(referral))
            {
                yield return "CHANGE_SHORTLIST";
                yield return "CHANGE_SHORTLIST_AND_SEND_FOR_TRIAGE";
            }

            if (referral.State == ReferralState.Booked && isDirectlyBooked) yield return "CANCEL_DIRECTLY_BOOKED_APPOINTMENT";
        }
        else if (ReferralRules.AwaitsReviewOutcome(referral))
        {
            yield return "RECORD_REVIEW_OUTCOME";
        }

        yield return "CANCEL_REFERRAL";
    }

    /// <summary>CHANGE_SHORTLIST_AND_SEND_FOR_TRIAGE: "Change Shortlist and Send for Triage".</summary>
    public static string DisplayOf(string code) => string.Join(' ', code.Split('_').Select(word =>
        word is "AND" or "FOR" ? word.ToLowerInvariant() : word[0] + word[1..].ToLowerInvariant()));
}
