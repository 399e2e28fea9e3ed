namespace EReferrals.Referrals;

/// <summary>Which referrals may be the same one sent twice, and who is told. Nobody is refused for it: the clinician decides. Pure.</summary>
public static class DuplicateRules
{
    /// <summary>How many others a referral names.</summary>
    public const int Most = 20;

    /// <summary>The patient may yet be seen because of it. What was rejected, assessed, attended or cancelled has ended.</summary>
    public static bool IsOpen(Referral referral) => referral.Status == ReferralStatus.Active
        && referral.State is not (ReferralState.Rejected or ReferralState.AssessmentResult)
        && referral.Referrer.Organisation != ReservedOrganisation.Canary;

    /// <summary>The same patient and the same service, both open.</summary>
    public static bool AreDuplicates(Referral one, Referral other) => one.Ubrn != other.Ubrn && IsOpen(one) && IsOpen(other)
        && one.Service.Id == other.Service.Id && one.Patient.NhsNumber == other.Patient.NhsNumber;

    /// <summary>What a referral says of the others, oldest first.</summary>
    public static IReadOnlyList<Duplicate> Of(Referral referral, IEnumerable<Referral> others) =>
    [
        .. others.Where(other => AreDuplicates(referral, other)).Select(AsSeen)
            .OrderBy(other => other.Received).ThenBy(other => other.Ubrn.ToString(), StringComparer.Ordinal).Take(Most),
    ];

    /// <summary>
    /// What this side of this organisation is told. A practice has the numbers of its own referrals, a provider of those that it has. Of others it hears
    /// only that there are some: whoever has the patient in care must know, and who else has is not theirs to learn.
    /// </summary>
    public static DuplicatesShown ShownTo(Referral referral, string organisation, Side side)
    {
        // Who had it once has nothing to do with what there is at the next service.
        if (referral.Duplicates.Count == 0 || (side == Side.Provider && referral.Service.Provider != organisation)) return DuplicatesShown.None;
        var known = referral.Duplicates.Where(other => (side == Side.Referrer ? other.Referrer : other.Provider) == organisation).ToArray();
        return new DuplicatesShown(known.Length > 0 && IsOlder(known[0], referral) ? known[0].Ubrn : null, [.. known.Select(other => other.Ubrn)]);
    }

    /// <summary>Where to look because of a change, none when nobody else would say anything new. By what others say of it, before and after.</summary>
    public static IReadOnlyList<PatientAtService> Touched(Referral before, Referral after)
    {
        var (was, isNow) = (PlaceOf(before), PlaceOf(after));
        var isSame = was == isNow && AsSeen(before) == AsSeen(after) && before.Duplicates.SequenceEqual(after.Duplicates);
        return isSame ? [] : [.. new[] { was, isNow }.OfType<PatientAtService>().Distinct()];
    }

    /// <summary>Somebody is known to wait for the news: others name it, or are to.</summary>
    public static bool IsNews(Referral before, Referral after) =>
        (PlaceOf(before) != PlaceOf(after) || AsSeen(before) != AsSeen(after)) && (before.Duplicates.Count > 0 || PlaceOf(after) is not null);

    /// <summary>What is left of the marks when a referral has become another: none when it is open no more, or is of another patient or at another service.</summary>
    public static IReadOnlyList<Duplicate> Kept(Referral before, Referral after) =>
        IsOpen(after) && before.Patient.NhsNumber == after.Patient.NhsNumber && before.Service.Id == after.Service.Id ? after.Duplicates : [];

    /// <summary>Null when others cannot find it.</summary>
    public static PatientAtService? PlaceOf(Referral referral) => IsOpen(referral) ? PatientAtService.Of(referral) : null;

    private static Duplicate AsSeen(Referral referral) =>
        new(referral.Ubrn, referral.Received, referral.Referrer.Organisation, referral.Service.Provider);

    private static bool IsOlder(Duplicate other, Referral referral) =>
        (other.Received, other.Ubrn.ToString()).CompareTo((referral.Received, referral.Ubrn.ToString())) < 0;
}
