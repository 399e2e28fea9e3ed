using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Shortlists;

/// <summary>What the referrer searched for when choosing the services of a referral. Kept as it was sent; the search itself is not repeated.</summary>
public sealed record SearchCriteria(Priority Priority, bool AgeAndGenderAppropriate)
{
    public string? Specialty { get; init; }

    public string? ClinicType { get; init; }

    /// <summary>Days.</summary>
    public int? WaitTimeLimit { get; init; }

    public string? Postcode { get; init; }

    /// <summary>Miles.</summary>
    public int? DistanceLimit { get; init; }

    /// <summary>A SNOMED CT identifier.</summary>
    public string? ClinicalTerm { get; init; }

    /// <summary>The user id of the consultant whom the referrer asks for.</summary>
    public string? NamedClinician { get; init; }

    /// <summary>
    /// ODS code of the organisation that the referrer searched in. Never shown, and not compared with the shortlist: it can be a site or a parent, and this
    /// service has no ODS hierarchy that says whose services such a search finds.
    /// </summary>
    public string? Organisation { get; init; }

    // The generated ToString would print the postcode, which may be the patient's.
    public override string ToString() => "Search criteria";
}
