using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Tests.Ers;

/// <summary>Steps that find and book slots through the e-RS API.</summary>
internal static class BookingSteps
{
    private const string Profiles = "https://fhir.nhs.uk/STU3/StructureDefinition/";

    public static string SearchOf(string service, string priority = "ROUTINE", int count = 20, int page = 1) =>
        $"{ErsSteps.Stu3}Slot?schedule.actor:HealthcareService={service}&appointmentType={priority}&status=free&_count={count}&page={page}"
        + "&_include=Slot:schedule";

    public static Task<HttpResponseMessage> FindSlotsAsync(this RunningApp app, string query) =>
        app.ReadAsync(Sample.ReferringClinician, query, ("NHSD-eRS-Comm-Rule-Org", Sample.ReferringOrganisation));

    /// <summary>The free slots of a service for routine referrals, at most 20.</summary>
    public static async Task<IReadOnlyList<JsonObject>> FreeSlotsAsync(this RunningApp app, string service)
    {
        using var response = await app.FindSlotsAsync(SearchOf(service));
        return [.. ResourcesOf(await response.ResourceAsync(200), "Slot")];
    }

    public static IEnumerable<JsonObject> ResourcesOf(JsonObject bundle, string type) => bundle["entry"]!.AsArray()
        .Select(entry => entry!["resource"]!.AsObject()).Where(resource => (string)resource["resourceType"]! == type);

    /// <summary>A body of A016 that books a slot as A015 shows it.</summary>
    public static JsonObject Booking(JsonObject referral, string service, JsonObject slot, string? clinician = null)
    {
        var body = Appointment(referral, service, "booked", clinician);
        body["start"] = (string)slot["start"]!;
        body["end"] = (string)slot["end"]!;
        body["slot"] = Reference($"Slot/{slot.IdOf()}");
        return body;
    }

    /// <summary>A body of A016 that defers to the provider or, with the reason TRIAGE, sends for triage.</summary>
    public static JsonObject Proposal(
        JsonObject referral, string service, string reason, string? comment = null, string? slot = null, string? clinician = null)
    {
        var body = Appointment(referral, service, "proposed", clinician);
        body["reason"] = new JsonArray(ErsSteps.Concept("eRS-ReviewReason-1", reason));
        if (comment is not null) body["comment"] = comment;
        if (slot is not null) body["slot"] = Reference($"Slot/{slot}");
        return body;
    }

    public static Task<HttpResponseMessage> ErsBookAsync(this RunningApp app, JsonObject body, string? key = null, Actor? actor = null)
    {
        (string, string)[] headers = key is null ? [] : [("Idempotency-Key", key)];
        return app.FhirAsync(actor ?? Sample.ReferringClinician, HttpMethod.Post, ErsSteps.Stu3 + "Appointment", body, headers);
    }

    public static async Task<JsonObject> ErsReferralAsync(this RunningApp app, string ubrn, Actor? reader = null)
    {
        using var read = await app.ReadAsync(reader ?? Sample.ReferringClinician, $"{ErsSteps.Stu3}ReferralRequest/{ubrn}");
        return await read.ResourceAsync(200);
    }

    public static JsonObject ShortlistChange(string priority, params string[] services) => ErsSteps.Parameters(
        "eRS-ChangeShortlist-Parameters-1",
        ErsSteps.Parameter("shortlist", "resource", ErsSteps.Shortlist(priority, services)),
        ErsSteps.Parameter("intentionToAddReferralLetter", "valueCoding", ErsSteps.Coding("eRS-ReferralLetterIntention-1", "NEED_TO_ADD_LATER")),
        ErsSteps.Parameter("firstReminderLetterFollowUpDays", "valueUnsignedInt", 7));

    public static string PatientOf(JsonObject referral) => (string)referral["subject"]!["identifier"]!["value"]!;

    private static JsonObject Appointment(JsonObject referral, string service, string status, string? clinician)
    {
        var participants = new JsonArray(
            Participant("http://fhir.nhs.net/Id/ers-service", service), Participant("http://fhir.nhs.net/Id/nhs-number", PatientOf(referral)));
        if (clinician is not null) participants.Add((JsonNode)Participant("http://fhir.nhs.net/Id/sds-user-id", clinician));
        return new JsonObject
        {
            ["id"] = "appointment",
            ["meta"] = new JsonObject
            {
                ["profile"] = new JsonArray(
                    Profiles + "eRS-Appointment-1", "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Appointment-1"),
            },
            ["language"] = "en",
            ["resourceType"] = "Appointment",
            ["status"] = status,
            ["description"] = "e-Referral Appointment",
            ["incomingReferral"] = Reference($"ReferralRequest/{referral.IdOf()}/_history/{referral.VersionOf()}"),
            ["participant"] = participants,
        };
    }

    private static JsonArray Reference(string reference) => new(new JsonObject { ["reference"] = reference });

    private static JsonObject Participant(string system, string value) => new()
    {
        ["actor"] = new JsonObject { ["identifier"] = ErsSteps.Identifier(system, value) },
        ["status"] = "accepted",
    };
}
