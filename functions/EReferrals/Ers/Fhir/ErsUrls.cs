namespace EReferrals.Ers.Fhir;

/// <summary>Every identifier system, code system, profile and extension URL of e-RS. No other class writes one.</summary>
internal static class ErsUrls
{
    public const string NhsNumber = "http://fhir.nhs.net/Id/nhs-number";
    public const string NhsNumberR4 = "https://fhir.nhs.uk/Id/nhs-number";
    public const string User = "http://fhir.nhs.net/Id/sds-user-id";
    public const string UserR4 = "https://fhir.nhs.uk/Id/sds-user-id";
    public const string Organisation = "https://fhir.nhs.uk/Id/ods-organization-code";
    public const string OrganisationInSearch = "https://directory.spineservices.nhs.uk/STU3/Organization";
    public const string Service = "http://fhir.nhs.net/Id/ers-service";
    public const string RequestId = "https://fhir.nhs.uk/Id/ers-request-id";
    public const string Ubrn = "https://fhir.nhs.uk/Id/UBRN";
    public const string AlternativeSlot = "https://fhir.nhs.uk/Id/alternative-slot";
    public const string Schedule = "https://fhir.nhs.uk/Id/ers-schedule";
    public const string Snomed = "http://snomed.info/sct";

    // e-RS gives the URL of a value set here, and clients rely on it.
    public const string ParticipantType = "http://hl7.org/fhir/ValueSet/encounter-participant-type";

    public const string CareConnectAppointment = "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Appointment-1";
    public const string CareConnectSchedule = "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Schedule-1";
    public const string CareConnectSlot = "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Slot-1";
    public const string CareConnectTask = "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Task-1";
    public const string Bundle = "http://hl7.org/fhir/STU3/StructureDefinition/Bundle";
    public const string ShareableCodeSystem = "http://hl7.org/fhir/StructureDefinition/shareablecodesystem";

    public static string Profile(string name) => $"https://fhir.nhs.uk/STU3/StructureDefinition/{name}";

    public static string Extension(string name) => $"https://fhir.nhs.uk/STU3/StructureDefinition/Extension-{name}";

    public static string CodeSystem(string name) => $"https://fhir.nhs.uk/STU3/CodeSystem/{name}";

    public static string CodeSystemR4(string name) => $"https://fhir.nhs.uk/CodeSystem/{name}";

    /// <summary>A code system that this server itself serves.</summary>
    /// <param name="type">Such as SPECIALTY.</param>
    public static string Served(string baseUrl, string type) => $"{baseUrl}/STU3/CodeSystem/{type}";

    /// <summary>
    /// A reference without the base of this server, with which <c>fullUrl</c> and clients write it. A reference to another server stays as it is.
    /// </summary>
    public static string Relative(string reference, string baseUrl) =>
        reference.StartsWith($"{baseUrl}/STU3/", StringComparison.OrdinalIgnoreCase) ? reference[$"{baseUrl}/STU3/".Length..] : reference;

    /// <summary>Whether a URL names a served code system, whatever the host: a client may have been set up with another base.</summary>
    public static bool IsServed(string system, string type) => system.EndsWith($"/STU3/CodeSystem/{type}", StringComparison.OrdinalIgnoreCase);
}
