using System.Text.Json;
using EReferrals.Audit.Contents;
using EReferrals.Ers.Fhir;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.ReferenceData;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Lists;

/// <summary>The body of A008.</summary>
/// <param name="List">Null when the list is unknown; the errors say so.</param>
internal sealed record WorklistRequest(Worklist List, WorklistChoice Choice)
{
    private const string Profile = "eRS-FetchWorklist-Parameters-1";

    private static readonly string[] Filters =
        ["service", "specialtyAssignedIndicator", "specialty", "location", "clinicianAssignedIndicator", "clinician"];

    // e-RS shows this list in its web application only.
    private static readonly Worklist[] Offered = [.. Enum.GetValues<Worklist>().Where(list => list != Worklist.AppointmentsForBooking)];

    /// <summary>Returns null when there are errors.</summary>
    /// <param name="isApplication">An application must name a service.</param>
    /// <param name="named">The list that the body names, also when other parts are wrong; null when it names none.</param>
    public static WorklistRequest? Read(JsonElement body, bool isApplication, FhirErrors errors, out Worklist? named)
    {
        named = null;
        if (FhirParameters.From(new FhirElement(body, "", errors), ErsUrls.Profile(Profile)) is not { } parameters) return null;
        var code = parameters.Concept("listType", url => url == ErsUrls.CodeSystem("eRS-ReferralListSelector-1"), required: true);
        var list = parameters.Parsed<Worklist>("listType", code);
        if (list is { } known && !Offered.Contains(known)) errors.UnknownCode("listType", code!);
        else named = list;
        var choice = ReadChoice(parameters);
        if (isApplication && !parameters.Has("service")) errors.Missing("service");
        parameters.RefuseOthers();
        if (list is { } chosen && WorklistRules.ReferrerLists.Contains(chosen))
        {
            foreach (var filter in Filters) parameters.Refuse(filter, "is not allowed for a list of the referrer");
        }

        return errors.Any ? null : new WorklistRequest(list!.Value, choice);
    }

    private static WorklistChoice ReadChoice(FhirParameters parameters)
    {
        var service = parameters.Identifier("service", ErsUrls.Service, Identifiers.IsServiceReference);
        var hasSpecialty = ReadIndicator(parameters, "specialtyAssignedIndicator");
        var specialty = parameters.Concept("specialty", url => ErsUrls.IsServed(url, "SPECIALTY"));
        if (specialty is not null && !ReferenceList.Specialties.TryGet(specialty, out _)) parameters.Errors.UnknownCode("specialty", specialty);
        var location = parameters.Identifier("location", ErsUrls.OrganisationInSearch, text => Identifiers.IsOdsCode(text));
        var hasClinician = ReadIndicator(parameters, "clinicianAssignedIndicator");
        var clinician = parameters.Identifier("clinician", ErsUrls.User, text => Identifiers.IsUserId(text));
        Require(parameters, "specialty", "specialtyAssignedIndicator", hasSpecialty);
        Require(parameters, "clinician", "clinicianAssignedIndicator", hasClinician);
        return new WorklistChoice(service, hasSpecialty, specialty, location, hasClinician, clinician);
    }

    private static bool? ReadIndicator(FhirParameters parameters, string name)
    {
        var code = parameters.Concept(name, url => url == ErsUrls.CodeSystem("eRS-AssignedIndicator-1"));
        if (code is not null and not ("ASSIGNED" or "NOT_ASSIGNED")) parameters.Errors.UnknownCode(name, code);
        return code is null ? null : code == "ASSIGNED";
    }

    private static void Require(FhirParameters parameters, string name, string indicator, bool? isAssigned)
    {
        if (!parameters.Has(name)) return;
        if (!parameters.Has(indicator)) parameters.Errors.Missing(indicator);
        else if (isAssigned == false) parameters.Errors.Invalid(indicator, $"must be ASSIGNED when '{name}' is given.");
    }
}

/// <summary>The filters of a list. Null members filter nothing.</summary>
/// <param name="Location">ODS code of the site or the organisation of the service.</param>
internal sealed record WorklistChoice(string? Service, bool? HasSpecialty, string? Specialty, string? Location, bool? HasClinician, string? Clinician)
{
    public bool Takes(WorklistEntry entry) =>
        (Service is null || entry.Service.Id == Service)
        && (HasSpecialty is not { } hasSpecialty || entry.Specialty is not null == hasSpecialty)
        && (Specialty is null || entry.Specialty == Specialty)
        && (HasClinician is not { } hasClinician || (entry.Clinician ?? entry.NamedClinician) is not null == hasClinician)
        && (Clinician is null || entry.Clinician == Clinician || entry.NamedClinician == Clinician);

    /// <summary>The choice as the audit trail records it; null when it lets everything through.</summary>
    public string? Recorded() => ListAudit.FiltersOf(
        ("service", Service),
        ("specialtyAssigned", HasSpecialty switch { null => null, true => "yes", false => "no" }),
        ("specialty", Specialty),
        ("location", Location),
        ("clinicianAssigned", HasClinician switch { null => null, true => "yes", false => "no" }),
        ("clinician", Clinician));
}
