using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Lists;

/// <summary>Which worklists a referral stands on, and what changes when it becomes its next version. Pure.</summary>
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

    /// <summary>Of both its sides.</summary>
    public static IEnumerable<WorklistName> ListsOf(string organisation) => ListsOfProvider(organisation).Concat(ListsOfReferrer(organisation));

    /// <summary>The lists that a role may ask for (e-RS A008): none for roles without worklists.</summary>
    public static IReadOnlyList<Worklist> VisibleTo(Role role) => role switch
    {
        Role.ServiceProviderClinician or Role.ServiceProviderClinicianAdmin or Role.ServiceProviderAdmin
            or Role.ProviderAuthorisedApplication => ProviderLists,
        Role.ReferringClinician or Role.ReferringClinicianAdmin or Role.ReferringAdmin => ReferrerLists,
        _ => [],
    };

    /// <summary>As of its latest change.</summary>
    public static IEnumerable<WorklistName> ListsOf(Referral referral) => ListsOf(referral, referral.Updated);

    /// <summary>An appointment whose day has passed brings the referral back onto a list of its provider, and nothing else that time does.</summary>
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

    /// <summary>The lists that the referral joins, stays on or leaves when it becomes its next version.</summary>
    public static IEnumerable<WorklistName> Touched(Referral? before, Referral after)
    {
        // Both at the time of the change: by then the appointment that it ends may have brought the referral onto a list.
        var now = ListsOf(after, after.Updated);
        return before is null ? now : now.Union(ListsOf(before, after.Updated));
    }

    /// <summary>
    /// One change for every list that the referral joins, stays on (its entry shows the new version) or leaves. Applying one twice, or
    /// after a newer one, changes nothing.
    /// </summary>
    /// <param name="duplicates">As they were known when this version was saved, or later.</param>
    public static IReadOnlyList<WorklistChange> Changes(Referral? before, Referral after, PossibleDuplicates duplicates) =>
        Changes(Touched(before, after), after, after.Updated, duplicates);

    /// <summary>The same, when all that is known of the time before are the lists that may still show the referral.</summary>
    /// <param name="duplicates">As they were known when this version was read, or later.</param>
    public static IReadOnlyList<WorklistChange> Changes(
        IEnumerable<WorklistName> lists, Referral current, DateTimeOffset now, PossibleDuplicates duplicates)
    {
        var right = ListsOf(current, now).ToHashSet();
        return
        [
            .. lists.Union(right).Select(name => new WorklistChange(
                name, current.Ubrn, current.Version, right.Contains(name) ? WorklistEntry.From(current, duplicates) : null) { Revision = duplicates.Revision }),
        ];
    }

    private static Worklist? ProviderList(Referral referral, DateTimeOffset now) => referral.State switch
    {
        ReferralState.AwaitingTriage => Worklist.ReferralsForReview,
        ReferralState.Booked when referral.AwaitsReview => Worklist.ReferralsForReview,
        ReferralState.DeferredToProvider => Worklist.AppointmentSlotIssues,
        ReferralState.TriagedProviderToAction or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider =>
            Worklist.AppointmentsForBooking,
        // Among those whose appointments are arranged, for whoever arranges them knows who came.
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
        var isWithReader = referral.State is ReferralState.NotBooked or ReferralState.Booked or ReferralState.AwaitingTriage or ReferralState.DeferredToProvider;
        // Whoever judged it has not read what could not be opened.
        if (referral.LetterUnreadable)
        {
            return isWithReader
                || referral.State is ReferralState.TriagedProviderToAction or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider;
        }

        var isMissing = referral.LetterRefused || (referral.LetterIntention == LetterIntention.NeedToAddLater && !referral.HasLetter);
        return isMissing && isWithReader && referral.Review != Review.Reviewed;
    }
}

/// <param name="Version">The referral's version that this change shows.</param>
/// <param name="Entry">Null when the referral leaves the list.</param>
public sealed record WorklistChange(WorklistName Worklist, Ubrn Ubrn, int Version, WorklistEntry? Entry)
{
    /// <summary>Of what is known beside this version, <see cref="PossibleDuplicates.Revision"/>.</summary>
    public int Revision { get; init; }
}
