using System.Globalization;
using System.Text.Json.Nodes;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Resources;
using EReferrals.Referrals.ReferenceData;

namespace EReferrals.Ers.ReferenceData;

/// <summary>Writes a reference list as a CodeSystem (A004). It is the list with which this service validates.</summary>
internal sealed class CodeSystemResource
{
    private const string Published = "2022-01-21T00:00:00.000Z";

    private static readonly CodeSystemResource[] All =
    [
        new("SPECIALTY", "e-RS Specialty", ReferenceList.Specialties) { Profile = ErsUrls.Profile("eRS-Specialty-CodeSystem-1"), HasDateExtensions = true },
        new("CLINIC-TYPE", "e-RS Clinic Type", ReferenceList.ClinicTypes) { Properties = [Property.Text("specialty", "Coding", "SPECIALTY")] },
        new("PRIORITY", "e-RS Priority", ReferenceList.Priorities)
        {
            Properties = [Property.Number("deferToProviderContactDays"), Property.Number("triageContactDays")],
        },
        new(ReasonCodings.AppointmentCancellation, "e-RS Appointment Cancellation Reason", ReferenceList.AppointmentCancellationReasons)
        {
            Properties =
            [
                Property.Code("appointmentBookingCancellationReasonType", "type", "eRS-AppointmentBookingCancellationReasonType-1"),
                Property.Never("willCancelWholeRequest"),
                Property.Flag("commentIsMandatory"),
                Property.Roles(),
                Property.Code("usage", "usage", "eRS-AppointmentCancellationReasonUsage-1"),
            ],
        },
        new(ReasonCodings.ReferralCancellation, "e-RS ReferralRequest Cancellation Reason", ReferenceList.ReferralCancellationReasons)
        {
            Properties =
            [
                Property.Code("appointmentRequestCancellationReasonType", "type", "eRS-AppointmentRequestCancellationReasonType-1"),
                Property.Flag("commentIsMandatory"),
                Property.Flag("canCancelAppointment"),
                Property.Roles(),
                Property.Code("referrerUsage", "usage", "eRS-ReferralRequestCancellationReasonUsage-1"),
            ],
        },
        new(ReasonCodings.NonAttendance, "e-RS Appointment Non-attendance Reason", ReferenceList.NonAttendanceReasons),
    ];

    private CodeSystemResource(string type, string name, ReferenceList list) => (Type, Name, List) = (type, name, list);

    public string Type { get; }

    private string Name { get; }

    private ReferenceList List { get; }

    private string Profile { get; init; } = ErsUrls.ShareableCodeSystem;

    private bool HasDateExtensions { get; init; }

    private IReadOnlyList<Property> Properties { get; init; } = [];

    /// <summary>Null when this server has no such list.</summary>
    public static CodeSystemResource? Find(string type) => All.FirstOrDefault(system => system.Type == type);

    public JsonObject Write(string baseUrl) => new()
    {
        ["id"] = Type,
        ["meta"] = FhirNodes.Meta(Profile),
        ["resourceType"] = "CodeSystem",
        ["url"] = ErsUrls.Served(baseUrl, Type),
        ["version"] = "1",
        ["name"] = Name,
        ["status"] = "active",
        ["experimental"] = false,
        ["date"] = Published,
        ["publisher"] = "e-Referral Service",
        ["description"] = Name,
        ["copyright"] = "Copyright (c) 2016 HL7 UK",
        ["caseSensitive"] = true,
        ["content"] = "complete",
        ["property"] = new JsonArray([.. Declared().Select(property => new JsonObject
        {
            ["code"] = property.Name,
            ["uri"] = $"{ErsUrls.CodeSystem("eRS-Concept-Properties-1")}#{property.Name}",
            ["type"] = property.Type,
        })]),
        ["concept"] = new JsonArray([.. List.All.Select(row => Concept(row, baseUrl))]),
    };

    private IEnumerable<(string Name, string Type)> Declared() =>
        [("effectiveFrom", "dateTime"), ("effectiveTo", "dateTime"), .. Properties.Select(property => (property.Name, property.Type))];

    private JsonObject Concept(ReferenceCode row, string baseUrl)
    {
        var concept = new JsonObject();
        if (HasDateExtensions)
        {
            var dates = new JsonArray(FhirNodes.Extension(ErsUrls.Extension("eRS-EffectivefromDate-1"), "valueDate", DayOf(row.From)));
            if (row.To is { } to) dates.Add((JsonNode)FhirNodes.Extension(ErsUrls.Extension("eRS-EffectivetoDate-1"), "valueDate", DayOf(to)));
            concept["extension"] = dates;
        }

        concept["code"] = row.Code;
        concept["display"] = row.Display;
        var properties = new JsonArray(Dated("effectiveFrom", row.From));
        if (row.To is { } end) properties.Add((JsonNode)Dated("effectiveTo", end));
        foreach (var (name, type, value) in Properties.SelectMany(property => property.Of(row, baseUrl)
            .Select(value => (property.Name, property.ValueType, value))))
        {
            properties.Add((JsonNode)new JsonObject { ["code"] = name, [type] = value });
        }

        concept["property"] = properties;
        return concept;
    }

    private static JsonObject Dated(string name, DateOnly day) => new() { ["code"] = name, ["valueDateTime"] = $"{DayOf(day)}T00:00:00.000Z" };

    private static string DayOf(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private sealed record Property(string Name, string Type, Func<ReferenceCode, string, IEnumerable<JsonNode>> Of)
    {
        public string ValueType => $"value{char.ToUpperInvariant(Type[0])}{Type[1..]}";

        public static Property Number(string name) => new(name, "integer", (row, _) => [JsonValue.Create(row.Number(name))]);

        public static Property Flag(string name) => new(name, "boolean", (row, _) => [JsonValue.Create(row.Flag(name))]);

        public static Property Never(string name) => new(name, "boolean", (_, _) => [JsonValue.Create(false)]);

        public static Property Code(string name, string column, string system) => new(
            name, "Coding", (row, _) => row.Text(column) is { } code ? [FhirNodes.Coding(ErsUrls.CodeSystem(system), code)] : []);

        /// <param name="served">The list of this server that the value is a code of.</param>
        public static Property Text(string name, string type, string served) => new(
            name, type, (row, baseUrl) => row.Text(name) is { } code ? [FhirNodes.Coding(ErsUrls.Served(baseUrl, served), code)] : []);

        /// <summary>The roles that may use the code through this API. Codes without a usage here have roles only at the plain API.</summary>
        public static Property Roles() => new("businessFunction", "Coding", (row, _) => row.Text("usage") is null
            ? []
            : row.Texts("roles").Select(role => FhirNodes.Coding(ErsUrls.CodeSystem("eRS-BusinessFunction-1"), role)));
    }
}
