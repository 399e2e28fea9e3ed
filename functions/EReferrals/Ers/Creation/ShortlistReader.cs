using System.Text.Json;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Outcomes;
using EReferrals.Ers.Resources;
using EReferrals.Referrals;
using EReferrals.Referrals.Shortlists;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Creation;

/// <summary>Reads a shortlist and the search criteria that it contains.</summary>
internal static class ShortlistReader
{
    private const string Prefix = "shortlist/serviceSearchCriteria/";

    private const int MaxReminderDays = 365;

    /// <summary>The names of the criteria that the rules check.</summary>
    public static ErsNames Names { get; } = new(
        ("/criteria/specialty", Prefix + "specialty"), ("/criteria/clinicType", Prefix + "clinicType"), ("/criteria/clinicalTerm", Prefix + "clinicalTerm"));

    /// <summary>Returns null when there are errors.</summary>
    public static NewShortlist? Read(FhirParameters parameters, FhirErrors errors)
    {
        if (parameters.Resource("shortlist", required: true) is not { } list) return null;
        if (!list.IsResource("List", ErsUrls.Profile(ShortlistResource.Profile))) return null;
        Require(list, "status", "current");
        Require(list, "mode", "snapshot");
        var criteria = ReadCriteria(list, errors);
        var services = list.Objects("entry").Select(ReadService).OfType<string>().ToArray();
        list.Ignore(JsonValueKind.String, "title", "date");
        list.Ignore(JsonValueKind.Object, "source", "subject", "code", "orderedBy");
        list.Ignore(JsonValueKind.Array, "note");
        list.RefuseOthers();
        return criteria is null ? null : new NewShortlist(criteria, services);
    }

    public static LetterIntention? ReadLetter(FhirParameters parameters) =>
        parameters.Code<LetterIntention>("intentionToAddReferralLetter", ErsUrls.CodeSystem("eRS-ReferralLetterIntention-1"), required: true);

    /// <summary>0 for never.</summary>
    public static int? ReadReminderDays(FhirParameters parameters)
    {
        const string name = "firstReminderLetterFollowUpDays";
        var days = parameters.UnsignedInt(name, required: true);
        if (days is null or <= MaxReminderDays) return days;
        parameters.Errors.Invalid(name, $"({days}) must be at most {MaxReminderDays}.");
        return null;
    }

    private static void Require(FhirElement list, string member, string value)
    {
        if (list.Text(member, required: true) is { } text && text != value) list.Errors.Invalid(list.PathOf(member), $"must be {value}.");
    }

    private static string? ReadService(FhirElement entry)
    {
        var item = entry.Object("item", required: true);
        entry.RefuseOthers();
        if (item is null) return null;
        item.Ignore(JsonValueKind.String, "display");
        var id = item.Has("identifier")
            ? item.Identifier("identifier", "Shortlist/Service Id", url => url == ErsUrls.Service)
            : Missing(item);
        item.RefuseOthers();
        if (id is null || Identifiers.IsServiceReference(id)) return id;
        entry.Errors.Invalid("Shortlist/Service Id", "is invalid.");
        return null;

        static string? Missing(FhirElement item)
        {
            item.Errors.Missing("Shortlist/Service Id");
            return null;
        }
    }

    private static SearchCriteria? ReadCriteria(FhirElement list, FhirErrors errors)
    {
        var contained = list.Objects("contained");
        var references = list.Objects("extension")
            .Where(extension => extension.Text("url", required: true) == ErsUrls.Extension(ShortlistResource.CriteriaExtension))
            .Select(extension => extension.Object("valueReference", required: true)?.Text("reference", required: true))
            .ToArray();
        if (contained is not [var resource] || resource.Text("id") is not { } id || references is not [var reference] || reference != $"#{id}")
        {
            errors.Structure(list.PathOf("contained"), "must hold the service search criteria, and an extension must refer to them.");
            return null;
        }

        return FhirParameters.From(resource, ErsUrls.Profile(CriteriaResource.Profile), Prefix) is { } criteria ? ReadCriteria(criteria) : null;
    }

    private static SearchCriteria? ReadCriteria(FhirParameters parameters)
    {
        var priority = parameters.Code<Priority>("priority", ErsUrls.CodeSystem("eRS-Priority-1"), required: true);
        var specialty = parameters.ServedCoding("specialty", "SPECIALTY");
        var clinic = parameters.Coding("clinicType", url => url == ErsUrls.CodeSystem("eRS-ClinicType-1") || ErsUrls.IsServed(url, "CLINIC-TYPE"));
        var wait = parameters.UnsignedInt("indicativeAppointmentWaitTimeLimit");
        var postcode = parameters.Text("postcode", 10);
        var distance = parameters.UnsignedInt("distanceLimit");
        var term = parameters.Coding("clinicalTerm", ErsUrls.Snomed);
        var clinician = parameters.Identifier("namedClinician", ErsUrls.User, text => Identifiers.IsUserId(text));
        var isAppropriate = parameters.Flag("ageAndGenderAppropriate", required: true);
        var organisation = parameters.Identifier("organisation", ErsUrls.OrganisationInSearch, text => Identifiers.IsOdsCode(text));
        // NHS e-RS writes them, so a client that copies criteria sends them.
        parameters.Ignore("commissioningProvisioning");
        parameters.Ignore("place");
        parameters.RefuseOthers();
        return parameters.Errors.Any
            ? null
            : new SearchCriteria(priority!.Value, isAppropriate!.Value)
            {
                Specialty = specialty,
                ClinicType = clinic,
                WaitTimeLimit = wait,
                Postcode = postcode,
                DistanceLimit = distance,
                ClinicalTerm = term,
                NamedClinician = clinician,
                Organisation = organisation,
            };
    }
}

/// <param name="Services">Ids of services, which need not exist.</param>
internal sealed record NewShortlist(SearchCriteria Criteria, IReadOnlyList<string> Services);
