using System.Text.Json.Nodes;
using EReferrals.Ers.Fhir;
using EReferrals.Referrals;
using EReferrals.Referrals.Shortlists;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Resources;

/// <summary>Writes the search criteria of a referral. A referral that was sent straight to a service gets those that would have found it.</summary>
internal static class CriteriaResource
{
    public const string Id = "serviceSearchCriteria";
    public const string Profile = "eRS-ServiceSearchCriteria-Parameters-1";

    public static JsonObject From(Referral referral, string baseUrl)
    {
        var criteria = referral.Criteria ?? new SearchCriteria(referral.Priority, AgeAndGenderAppropriate: true)
        {
            Specialty = referral.Specialty,
            ClinicType = referral.ClinicType,
        };
        return new JsonObject
        {
            ["id"] = Id,
            ["meta"] = FhirNodes.Meta(ErsUrls.Profile(Profile)),
            ["resourceType"] = "Parameters",
            ["parameter"] = new JsonArray([.. Parameters(criteria, baseUrl)]),
        };
    }

    private static IEnumerable<JsonObject> Parameters(SearchCriteria criteria, string baseUrl)
    {
        yield return Coding("priority", ErsUrls.CodeSystem("eRS-Priority-1"), Code.From(criteria.Priority));
        if (criteria.Specialty is { } specialty) yield return Coding("specialty", ErsUrls.Served(baseUrl, "SPECIALTY"), specialty);
        if (criteria.ClinicType is { } clinic) yield return Coding("clinicType", ErsUrls.CodeSystem("eRS-ClinicType-1"), clinic);
        if (criteria.WaitTimeLimit is { } days) yield return FhirNodes.Parameter("indicativeAppointmentWaitTimeLimit", "valueUnsignedInt", days);
        if (criteria.Postcode is { } postcode) yield return FhirNodes.Parameter("postcode", "valueString", postcode);
        if (criteria.DistanceLimit is { } miles) yield return FhirNodes.Parameter("distanceLimit", "valueUnsignedInt", miles);
        if (criteria.ClinicalTerm is { } term) yield return Coding("clinicalTerm", ErsUrls.Snomed, term);
        if (criteria.NamedClinician is { } clinician)
        {
            yield return FhirNodes.Parameter("namedClinician", "valueIdentifier", FhirNodes.Identifier(ErsUrls.User, clinician));
        }

        yield return FhirNodes.Parameter("ageAndGenderAppropriate", "valueBoolean", criteria.AgeAndGenderAppropriate);
        yield return Coding("commissioningProvisioning", ErsUrls.CodeSystem("eRS-CommissioningProvisioning-1"), "ALL_AVAILABLE_FOR_BOOKING");
    }

    private static JsonObject Coding(string name, string system, string code) => FhirNodes.Parameter(name, "valueCoding", FhirNodes.Coding(system, code));
}
