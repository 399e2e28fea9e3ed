using System.Text.Json;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Intake;

/// <summary>Reads and validates a submission as far as the request alone allows. Pure; reports all problems at once.</summary>
public static class SubmissionReader
{
    private const int MaxNameLength = 100;
    private const int MaxReasonLength = 8_000;
    private const int MaxItems = 20;

    /// <summary>Returns the submission without a UBRN, or one problem with every error.</summary>
    public static Result<Submission> Read(JsonElement body, Actor actor, Present present, string correlationId)
    {
        var errors = new List<FieldError>();
        var fields = new JsonFields(body, pointer: "", errors);
        var patient = ReadPatient(fields.Object("patient", required: true), present);
        var service = fields.Text("service", 64, Identifiers.IsServiceReference, "an id of letters, digits and hyphens", required: true);
        var priority = fields.Code<Priority>("priority", required: true);
        var specialty = fields.Text("specialty", 64, text => Identifiers.IsListCode(text), "a code such as CARDIOLOGY");
        var clinicType = fields.Text("clinicType", 64, text => Identifiers.IsListCode(text), "a code such as HEART_FAILURE");
        var clinician = ReadClinician(fields, actor);
        var reason = fields.Text("reason", MaxReasonLength, required: true, lines: true);
        var snomed = fields.Texts("snomed", MaxItems, 18, text => Identifiers.IsSnomed(text), "a SNOMED CT identifier");
        var attachments = fields.Texts("attachments", MaxItems, 36, Identifiers.IsAttachmentId, "the id of an uploaded attachment");
        var letter = fields.Code<LetterIntention>("letter");
        var pathwayStart = fields.Instant("pathwayStart", PlausibleRange.PathwayStart, present);
        fields.RefuseOthers();
        if (errors.Count > 0) return Problem.NotAcceptable(errors);

        return new Submission
        {
            Ubrn = default,
            Patient = patient!,
            Service = service!,
            Priority = priority!.Value,
            Specialty = specialty,
            ClinicType = clinicType,
            ClinicalReason = reason!,
            Snomed = snomed ?? [],
            Attachments = attachments ?? [],
            LetterIntention = letter ?? LetterIntention.NeedToAddLater,
            PathwayStart = pathwayStart,
            Referrer = new Referrer(actor.Organisation, actor.User, clinician ?? actor.User),
            By = actor,
            Received = present.Now.InMilliseconds(),
            CorrelationId = correlationId,
        };
    }

    /// <summary>
    /// Reads the members of a patient and adds their errors to <paramref name="fields"/>. Returns null when there is no object, or when its NHS number
    /// is invalid. All members that have not been read by then are refused, so the caller must read its own members first.
    /// </summary>
    internal static Patient? ReadPatient(JsonFields? fields, Present present)
    {
        if (fields is null) return null;
        var text = fields.Text("nhsNumber", 12, IsNhsNumber, "a valid NHS number", required: true);
        var family = fields.Text("familyName", MaxNameLength);
        var given = fields.Text("givenName", MaxNameLength);
        var birthDate = fields.Date("birthDate", PlausibleRange.BirthDate, present);
        fields.RefuseOthers();
        return NhsNumber.TryParse(text, out var number) ? new Patient(number, family, given, birthDate) : null;
    }

    // An admin must name the responsible clinician. A clinician is always that clinician (e-RS A011).
    private static string? ReadClinician(JsonFields fields, Actor actor)
    {
        const string member = "referringClinician";
        var isAdmin = actor.Role == Role.ReferringClinicianAdmin;
        if (!fields.Has(member))
        {
            if (isAdmin) fields.Add(member, "VALUE_IS_REQUIRED", $"'{member}' is missing. An admin must name the referring clinician.");
            return null;
        }

        var clinician = fields.Text(member, 12, text => Identifiers.IsUserId(text), "a user id of 12 digits");
        if (isAdmin) return clinician;
        fields.Add(member, "FIELD_NOT_PERMITTED", $"'{member}' is allowed only for an admin. Remove it: you are the referring clinician.");
        return null;
    }

    private static bool IsNhsNumber(string text) => NhsNumber.TryParse(text, out _);
}
