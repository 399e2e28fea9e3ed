using System.Globalization;
using System.Text.Json.Nodes;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Resources;
using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.ReferenceData;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Lists;

/// <summary>The fields of an entry, from the same row that the plain API shows.</summary>
internal static class EntryFields
{
    public static string PatientId(string nhsNumber) => $"Patient-{nhsNumber}";

    public static string PractitionerId(string user) => $"Practitioner-{user}";

    public static IEnumerable<JsonObject> Of(Worklist list, WorklistEntry entry, string baseUrl) => list switch
    {
        Worklist.ReferralsForReview => ForReview(entry, baseUrl),
        Worklist.AppointmentSlotIssues => SlotIssues(entry, baseUrl),
        Worklist.LettersOutstanding => Letters(entry),
        _ => OfReferrer(list, entry, baseUrl),
    };

    private static IEnumerable<JsonObject> ForReview(WorklistEntry entry, string baseUrl)
    {
        yield return Priority(entry);
        if (Specialty(entry, baseUrl) is { } specialty) yield return specialty;
        yield return Reference("patient", $"#{PatientId(entry.Patient.NhsNumber.Reveal())}");
        if (entry.NamedClinician is { } named) yield return Reference("namedClinician", $"#{PractitionerId(named)}");
        if (entry.Clinician is { } booked) yield return Reference("allocatedClinician", $"#{PractitionerId(booked)}");
        yield return Instant("eReferralPathwayStart", entry.PathwayStart);
        yield return Flag("clinicalInfoPrinted", false);
        var status = StatusOf(entry.Review);
        yield return Concept("requestContextStatus", ErsUrls.CodeSystem("eRS-RequestContextStatus-1"), status, Displays.Title(status));
        if (entry.LettersFirst is { } first) yield return Instant("clinicalInfoFirstSubmitted", first);
        if (entry.LettersChanged is { } changed) yield return Instant("clinicalInfoLastUpdated", changed);
        if (entry.AppointmentStart is { } start) yield return Instant("appointmentStart", start);
        var type = entry.State == ReferralState.Booked ? "APPOINTMENT" : "TRIAGE_DEFERRAL";
        yield return Concept("referralType", ErsUrls.CodeSystem("eRS-ReferralType-1"), type);
        yield return Service(entry);
        yield return FhirNodes.Extension("referralRequestVersion", "valueInteger", entry.Version);
    }

    private static IEnumerable<JsonObject> SlotIssues(WorklistEntry entry, string baseUrl)
    {
        yield return Priority(entry);
        if (Specialty(entry, baseUrl) is { } specialty) yield return specialty;
        yield return Patient(entry);
        if (entry.NamedClinician is { } named) yield return Logical("namedClinician", ErsUrls.User, named);
        yield return Instant("eReferralPathwayStart", entry.PathwayStart);
        yield return Flag("clinicalInfoPrinted", false);
        var received = entry.StateSince ?? entry.Received;
        yield return Instant("ubrnReceived", received);
        yield return Date("patientContactExpected", WorkingDays.After(UkTime.DateOf(received), ContactDays(entry.Priority)));
        yield return Concept("clinicalInformationStatus", ErsUrls.CodeSystem("eRS-ClinicalInformationStatus-1"), Code.From(LetterOf(entry)));
        if (entry.Reason is { } reason) yield return Concept("reason", ErsUrls.CodeSystem("eRS-ReviewReason-1"), reason);
        yield return Service(entry);
    }

    private static IEnumerable<JsonObject> OfReferrer(Worklist list, WorklistEntry entry, string baseUrl)
    {
        yield return Patient(entry);
        yield return Priority(entry);
        yield return Instant("referralCreated", entry.Created ?? entry.Received);
        yield return Context(entry);
        yield return Logical("referrer", ErsUrls.User, entry.Referrer.User ?? entry.Referrer.Clinician);
        yield return Instant("referralLastUpdated", entry.Updated ?? entry.StateSince ?? entry.Received);
        yield return Concept(
            "status", ErsUrls.CodeSystem("eRS-ReferralState-1"), Displays.CodeOnWorklist(entry.State), Displays.OnWorklist(entry.State));
        if (entry.Reason is { } reason && ReasonOf(list, entry.State, reason, baseUrl) is { } coding)
        {
            yield return FhirNodes.Extension("reason", "valueCodeableConcept", FhirNodes.Concept(coding));
        }
    }

    private static IEnumerable<JsonObject> Letters(WorklistEntry entry)
    {
        yield return Patient(entry);
        yield return Priority(entry);
        yield return Instant("referralCreated", entry.Created ?? entry.Received);
        yield return Context(entry);
        yield return Logical("referrer", ErsUrls.User, entry.Referrer.User ?? entry.Referrer.Clinician);
        yield return Date("letterDue", entry.Letter.Due ?? UkTime.DateOf(entry.Received));
    }

    // Each list shows the reasons of one code system only.
    private static JsonObject? ReasonOf(Worklist list, ReferralState state, string reason, string baseUrl) => (list, state) switch
    {
        (Worklist.AwaitingBooking, ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider)
            or (Worklist.RejectedTriageResponse, ReferralState.Rejected) => ReasonCodings.OfAppointment(reason, baseUrl),
        (Worklist.AssessmentReturnedCancelledDna, ReferralState.CancelledReferral) => ReasonCodings.OfReferral(reason, baseUrl),
        _ => null,
    };

    // e-RS has no code for a corrected patient. The letter is what a reader must look at again.
    private static string StatusOf(Review review) => review switch
    {
        Review.PatientChanged => Code.From(Review.LetterChanged),
        Review.Reviewed => Code.From(Review.NeverReviewed),
        _ => Code.From(review),
    };

    private static LetterStatus LetterOf(WorklistEntry entry) => entry.Letter.Status;

    private static int ContactDays(Priority priority) =>
        ReferenceList.Priorities.TryGet(Code.From(priority), out var row) ? row.Number("deferToProviderContactDays") : 0;

    private static JsonObject Context(WorklistEntry entry) =>
        FhirNodes.Extension("clinicalContext", "valueString", string.Join('/', new[] { entry.Specialty, entry.ClinicType }.OfType<string>()));

    private static JsonObject Priority(WorklistEntry entry) => Concept("priority", ErsUrls.CodeSystem("eRS-Priority-1"), Code.From(entry.Priority));

    private static JsonObject? Specialty(WorklistEntry entry, string baseUrl) =>
        entry.Specialty is { } specialty ? Concept("specialty", ErsUrls.Served(baseUrl, "SPECIALTY"), specialty) : null;

    private static JsonObject Patient(WorklistEntry entry) => Logical("patient", ErsUrls.NhsNumber, entry.Patient.NhsNumber.Reveal());

    private static JsonObject Service(WorklistEntry entry) =>
        FhirNodes.Extension("service", "valueReference", FhirNodes.Logical(ErsUrls.Service, entry.Service.Id, entry.Service.Name));

    private static JsonObject Reference(string name, string reference) => FhirNodes.Extension(name, "valueReference", FhirNodes.Reference(reference));

    private static JsonObject Logical(string name, string system, string value) =>
        FhirNodes.Extension(name, "valueReference", FhirNodes.Logical(system, value));

    private static JsonObject Concept(string name, string system, string code, string? display = null) =>
        FhirNodes.Extension(name, "valueCodeableConcept", FhirNodes.Concept(FhirNodes.Coding(system, code, display)));

    private static JsonObject Instant(string name, DateTimeOffset instant) =>
        FhirNodes.Extension(name, "valueDateTime", InstantConverter.TextOf(instant));

    private static JsonObject Date(string name, DateOnly day) =>
        FhirNodes.Extension(name, "valueDate", day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    private static JsonObject Flag(string name, bool value) => FhirNodes.Extension(name, "valueBoolean", value);
}
