using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Lists;

/// <summary>Decides which worklists a referral is on, and which entries change with its next version. Pure.</summary>
public static class WorklistRules
{
    public static IReadOnlyList<Worklist> ProviderLists { get; } =
        [Worklist.ReferralsForReview, Worklist.AppointmentSlotIssues, Worklist.AppointmentsForBooking];

    public static IReadOnlyList<Worklist> ReferrerLists { get; } =
    [
        Worklist.AwaitingBooking, Worklist.LettersOutstanding, Worklist.RejectedTriageResponse, Worklist.AssessmentReturnedCancelledDna,
    ];

    public static IEnumerable<WorklistName> ListsOfProvider(string organisation) => ProviderLists.Select(list => new WorklistName(organisation, list));

    public static IEnumerable<WorklistName> ListsOfReferrer(string organisation) => ReferrerLists.Select(list => new WorklistName(organisation, list));

    /// <summary>The organisation's worklists as a provider and as a referrer.</summary>
    public static IEnumerable<WorklistName> ListsOf(string organisation) => ListsOfProvider(organisation).Concat(ListsOfReferrer(organisation));

    /// <summary>The worklists that a role may read (e-RS A008); empty for roles without worklists.</summary>
    public static IReadOnlyList<Worklist> VisibleTo(Role role) => role switch
    {
        Role.ServiceProviderClinician or Role.ServiceProviderClinicianAdmin or Role.ServiceProviderAdmin
            or Role.ProviderAuthorisedApplication => ProviderLists,
        Role.ReferringClinician or Role.ReferringClinicianAdmin or Role.ReferringAdmin => ReferrerLists,
        _ => [],
    };

    /// <summary>The worklists that the referral is on at the time of its latest change.</summary>
    public static IEnumerable<WorklistName> ListsOf(Referral referral) => ListsOf(referral, referral.Updated);

    /// <summary>
    /// The worklists that the referral is on at <paramref name="now"/>. Time alone adds it to a list in one case only: the day of its appointment
    /// has passed.
    /// </summary>
    public static IEnumerable<WorklistName> ListsOf(Referral referral, DateTimeOffset now)
    {
        if (referral.Completed) yield break;
        if (referral.Service.Provider is { } provider && ProviderList(referral, now) is { } providerList)
        {
            yield return new WorklistName(provider, providerList);
        }

        if (ReferrerList(referral) is { } referrerList) yield return new WorklistName(referral.Referrer.Organisation, referrerList);
        if (OwesLetter(referral)) yield return new WorklistName(referral.Referrer.Organisation, Worklist.LettersOutstanding);
    }

    /// <summary>The worklists that the referral joins, stays on or leaves when it becomes its next version.</summary>
    public static IEnumerable<WorklistName> Touched(Referral? before, Referral after)
    {
        // Evaluate both versions at the time of the change: the passed appointment day may have added the earlier version to a list by then.
        var now = ListsOf(after, after.Updated);
        return before is null ? now : now.Union(ListsOf(before, after.Updated));
    }

    /// <summary>
    /// Returns one change for every worklist that the referral joins, stays on (its entry shows the new version) or leaves. Each change is
    /// idempotent, and has no effect after a newer one.
    /// </summary>
    /// <param name="duplicates">The possible duplicates, read when this version was saved or later.</param>
    public static IReadOnlyList<WorklistChange> Changes(Referral? before, Referral after, PossibleDuplicates duplicates) =>
        Changes(Touched(before, after), after, after.Updated, duplicates);

    /// <summary>Like the overload above, for a caller that knows only which worklists may still show the referral.</summary>
    /// <param name="duplicates">The possible duplicates, read when this version was read or later.</param>
    public static IReadOnlyList<WorklistChange> Changes(
        IEnumerable<WorklistName> lists, Referral current, DateTimeOffset now, PossibleDuplicates duplicates)
    {
        var currentLists = ListsOf(current, now).ToHashSet();
        return
        [
            .. lists.Union(currentLists).Select(name => new WorklistChange(
                name, current.Ubrn, current.Version, currentLists.Contains(name) ? WorklistEntry.From(current, duplicates) : null)
            {
                Revision = duplicates.Revision,
            }),
        ];
    }

    private static Worklist? ProviderList(Referral referral, DateTimeOffset now) => referral.State switch
    {
        ReferralState.AwaitingTriage => Worklist.ReferralsForReview,
        ReferralState.Booked when referral.AwaitsReview => Worklist.ReferralsForReview,
        ReferralState.DeferredToProvider => Worklist.AppointmentSlotIssues,
        ReferralState.TriagedProviderToAction or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider =>
            Worklist.AppointmentsForBooking,
        // The staff who book appointments also know who attended.
        ReferralState.Booked when referral.AwaitsOutcome(now) => Worklist.AppointmentsForBooking,
        _ => null,
    };

    private static Worklist? ReferrerList(Referral referral) => referral.State switch
    {
        ReferralState.NotBooked or ReferralState.DeferredToProvider or ReferralState.AwaitingTriage
            or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider => Worklist.AwaitingBooking,
        _ when !referral.CameBack || referral.Acknowledged => null,
        ReferralState.TriageResponse or ReferralState.Rejected => Worklist.RejectedTriageResponse,
        _ => Worklist.AssessmentReturnedCancelledDna,
    };

    private static bool OwesLetter(Referral referral)
    {
        if (referral.Status != ReferralStatus.Active) return false;
        var isWithReader = referral.State is ReferralState.NotBooked or ReferralState.Booked or ReferralState.AwaitingTriage
            or ReferralState.DeferredToProvider;
        // An unreadable letter is owed even after a review, because the clinician could not read it.
        if (referral.LetterUnreadable)
        {
            return isWithReader
                || referral.State is ReferralState.TriagedProviderToAction or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider;
        }

        var isMissing = referral.LetterRefused || (referral.LetterIntention == LetterIntention.NeedToAddLater && !referral.HasLetter);
        // A booked referral still owes its letter after a review (e-RS): the clinic needs it. A triage was decided without it.
        return isMissing && isWithReader && (referral.State == ReferralState.Booked || referral.Review != Review.Reviewed);
    }
}
