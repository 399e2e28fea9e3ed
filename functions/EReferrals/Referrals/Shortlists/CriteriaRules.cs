using EReferrals.Referrals.ReferenceData;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Shortlists;

/// <summary>Checks the codes of search criteria against the reference lists.</summary>
public static class CriteriaRules
{
    /// <summary>Returns a refusal for each wrong value; empty when there is none.</summary>
    /// <param name="today">The date in the United Kingdom.</param>
    public static IReadOnlyList<Refusal> Faults(SearchCriteria criteria, DateOnly today)
    {
        var faults = new List<Refusal>();
        if (criteria is { Specialty: null, ClinicalTerm: null, NamedClinician: null, Organisation: null })
        {
            faults.Add(new Refusal(
                "CriteriaNameASearch", "VALUE_IS_REQUIRED", "'specialty' is missing. Give a specialty, clinical term, named clinician or organisation.",
                "/criteria/specialty"));
        }

        if (criteria.Specialty is { } specialty && !IsUsable(ReferenceList.Specialties, specialty, today))
        {
            faults.Add(new Refusal("SpecialtyMustBeListed", "INVALID_CODE", $"'specialty' {specialty} is not a code that is in use.", "/criteria/specialty"));
        }

        if (criteria.ClinicType is { } clinic) faults.AddRange(WhyNotClinicType(criteria, clinic, today));
        if (criteria.ClinicalTerm is { } term && !IsTerm(term))
        {
            faults.Add(new Refusal("ClinicalTermMustBeKnown", "SNOMED_NOT_FOUND", $"'clinicalTerm' {term} is not a SNOMED CT term.", "/criteria/clinicalTerm"));
        }

        return faults;
    }

    private static IEnumerable<Refusal> WhyNotClinicType(SearchCriteria criteria, string clinic, DateOnly today)
    {
        if (!ReferenceList.ClinicTypes.TryGet(clinic, out var row) || !row.IsInDate(today))
        {
            yield return new Refusal("ClinicTypeMustBeListed", "INVALID_CODE", $"'clinicType' {clinic} is not a code that is in use.", "/criteria/clinicType");
        }
        else if (criteria.Specialty is { } specialty && row.Text("specialty") is { } owner && owner != specialty)
        {
            yield return new Refusal(
                "ClinicTypeMustBelong", "INAPPROPRIATE_VALUE", $"'clinicType' {clinic} does not belong to {specialty}.", "/criteria/clinicType");
        }
    }

    private static bool IsUsable(ReferenceList list, string code, DateOnly today) => list.TryGet(code, out var row) && row.IsInDate(today);

    private static bool IsTerm(string term) => Identifiers.IsSnomed(term) || ReferenceList.ClinicalTerms.TryGet(term, out _);
}
