using System.Text.Json;
using EReferrals.Ers.Fhir;
using EReferrals.Http.Requests;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Creation;

/// <summary>Reads the body of A011. Pure; reports all problems at once.</summary>
internal static class CreateReferralReader
{
    private const string Profile = "eRS-CreateReferral-Parameters-1";

    /// <summary>Returns null when there are errors.</summary>
    public static NewReferral? Read(JsonElement body, Actor actor, Present present, FhirErrors errors)
    {
        if (FhirParameters.From(new FhirElement(body, "", errors), ErsUrls.Profile(Profile)) is not { } parameters) return null;
        var patient = parameters.Identifier("patient", ErsUrls.NhsNumber, text => text.Length == 10 && NhsNumber.TryParse(text, out _), required: true);
        var clinician = ReadClinician(parameters, actor);
        var shortlist = ShortlistReader.Read(parameters, errors);
        var letter = ShortlistReader.ReadLetter(parameters);
        var reminder = ShortlistReader.ReadReminderDays(parameters);
        var start = parameters.Instant("eReferralPathwayStart");
        if (start is { } instant && PlausibleRange.PathwayStart.Fault("eReferralPathwayStart", instant, present) is { } fault)
        {
            errors.Add("INAPPROPRIATE_VALUE", fault);
        }

        parameters.RefuseOthers();
        return errors.Any ? null : new NewReferral(NhsNumber.Parse(patient!), clinician, shortlist!, letter!.Value, reminder!.Value, start);
    }

    // An admin must name the responsible clinician. A clinician is always that clinician.
    private static string? ReadClinician(FhirParameters parameters, Actor actor)
    {
        const string name = "referringClinician";
        var clinician = parameters.Identifier(name, ErsUrls.User, text => Identifiers.IsUserId(text));
        if (actor.Role == Role.ReferringClinicianAdmin)
        {
            if (!parameters.Has(name)) parameters.Errors.Add("VALUE_IS_REQUIRED", $"'{name}' is missing. An admin must name the referring clinician.");
            return clinician;
        }

        if (parameters.Has(name)) parameters.Errors.Add("FIELD_NOT_PERMITTED", $"'{name}' is allowed only for an admin.");
        return null;
    }
}

/// <param name="Clinician">Null when the caller is the referring clinician.</param>
internal sealed record NewReferral(
    NhsNumber Patient, string? Clinician, NewShortlist Shortlist, LetterIntention Letter, int ReminderDays, DateTimeOffset? PathwayStart);
