using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using EReferrals.Attachments;
using EReferrals.Audit.Search;
using EReferrals.Audit.Verification;
using EReferrals.Confirmations;
using EReferrals.Contingency;
using EReferrals.DeadLetters;
using EReferrals.Http;
using EReferrals.Intake;
using EReferrals.Lifecycle;
using EReferrals.Operations;
using EReferrals.Referrals.Values;
using EReferrals.Retention;
using EReferrals.Services;
using EReferrals.Slots;
using EReferrals.Status;
using EReferrals.Transfers;
using EReferrals.Worklists;

namespace EReferrals.Tests.ApiDocs;

/// <summary>Each response schema has exactly the members of the record that is written, and only members that may be absent are optional.</summary>
public sealed class AnswerSchemaTests
{
    private static readonly (string Schema, JsonTypeInfo Written)[] Responses =
    [
        ("Problem", HttpJson.Default.ProblemBody),
        ("AcceptedReferral", IntakeJson.Default.AcceptedReferral),
        ("Referral", LifecycleJson.Default.ReferralView),
        ("QueuedReferral", LifecycleJson.Default.QueuedReferral),
        ("History", LifecycleJson.Default.History),
        ("WorklistSummaries", WorklistJson.Default.WorklistSummaries),
        ("ChangesPage", WorklistJson.Default.ChangesResponse),
        ("AttachmentReceipt", AttachmentJson.Default.AttachmentReceipt),
        ("AttachmentScan", AttachmentJson.Default.AttachmentScan),
        ("Service", DirectoryJson.Default.ServiceView),
        ("ServicesPage", DirectoryJson.Default.PendingPage),
        ("ServiceHistory", DirectoryJson.Default.ServiceHistory),
        ("Confirmation", ConfirmationsJson.Default.ConfirmationView),
        ("Confirmations", ConfirmationsJson.Default.ConfirmationsView),
        ("SlotsPage", SlotsJson.Default.SlotsPage),
        ("UploadedSlots", SlotsJson.Default.UploadedSlots),
        ("PackAbout", ContingencyJson.Default.PackAbout),
        ("EndedLinks", ContingencyJson.Default.EndedLinks),
        ("PaperReportResponse", ContingencyJson.Default.PaperReportResponse),
        ("StatusReport", StatusJson.Default.StatusReport),
        ("Readiness", StatusJson.Default.Readiness),
        ("MonitoredStatus", StatusJson.Default.ErsStatus),
        ("MessageList", StatusJson.Default.MessageList),
        ("PostedMessage", StatusJson.Default.PostedMessage),
        ("AuditVerification", VerificationJson.Default.AuditVerification),
        ("DeadLettersPage", DeadLetterJson.Default.DeadLettersPage),
        ("DeadLetter", DeadLetterJson.Default.DeadLetterView),
        ("ReplayedLetter", DeadLetterJson.Default.ReplayedLetter),
        ("OperatingMode", OperationsJson.Default.OperatingMode),
        ("AuditEntries", SearchJson.Default.AuditEntries),
        ("Retention", RetentionJson.Default.RetentionView),
        ("KeptReferral", RetentionJson.Default.KeptReferralView),
        ("Transfer", TransferJson.Default.TransferView),
        ("TransferList", TransferJson.Default.TransferList),
    ];

    public static TheoryData<string> Names { get; } = [.. Responses.Select(response => response.Schema)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_response_schema_describes_the_record_that_is_written(string name)
    {
        var faults = new List<string>();
        Compare(Contract.Schema(name), Responses.Single(response => response.Schema == name).Written, name, faults, []);
        Assert.Empty(faults);
    }

    [Fact]
    public void Every_JSON_response_has_a_sample_here_except_the_hand_written_worklist_page()
    {
        var described = Contract.Operations.SelectMany(operation => operation.Responses).SelectMany(response => response.Content)
            .Select(content => content.Value?["schema"]?["$ref"]?.GetValue<string>().Split('/')[^1]).OfType<string>().Distinct();

        Assert.Equal(["WorklistPage"], described.Except(Responses.Select(response => response.Schema)));
    }

    private static void Compare(JsonNode schema, JsonTypeInfo written, string at, List<string> faults, HashSet<Type> known)
    {
        schema = Followed(schema);
        if (written.Kind != JsonTypeInfoKind.Object || !known.Add(written.Type)) return;
        var described = schema["properties"]!.AsObject();
        var required = (schema["required"] as JsonArray ?? []).Select(name => name!.GetValue<string>()).ToHashSet();
        foreach (var name in described.Select(member => member.Key).Except(written.Properties.Select(member => member.Name)))
        {
            faults.Add($"{at}.{name} is never written");
        }

        foreach (var member in written.Properties.Where(member => member.Get is not null && !IsIgnored(member)))
        {
            var path = $"{at}.{member.Name}";
            if (described[member.Name] is not { } value)
            {
                faults.Add($"{path} is not described");
                continue;
            }

            var isLeftOut = member.IsGetNullable && LeavesNullOut(member, written);
            if (required.Contains(member.Name) == isLeftOut) faults.Add($"{path} is {(isLeftOut ? "left out when null" : "always there")}");
            if (AllowsNull(value) != (member.IsGetNullable && !isLeftOut)) faults.Add($"{path} is wrong about null");
            CompareValue(value, member.PropertyType, written.Options, path, faults, known);
        }
    }

    private static void CompareValue(JsonNode schema, Type type, JsonSerializerOptions options, string at, List<string> faults, HashSet<Type> known)
    {
        schema = WithoutNull(schema);
        type = Nullable.GetUnderlyingType(type) ?? type;
        var info = options.GetTypeInfo(type);
        if (info.Kind == JsonTypeInfoKind.Enumerable)
        {
            CompareValue(schema["items"]!, info.ElementType!, options, at, faults, known);
        }
        else if (info.Kind == JsonTypeInfoKind.Dictionary)
        {
            CompareValue(schema["additionalProperties"]!, info.ElementType!, options, at, faults, known);
        }
        else if (info.Kind == JsonTypeInfoKind.Object)
        {
            Compare(schema, info, at, faults, known);
        }
        else if (type.IsEnum)
        {
            var codes = Enum.GetValuesAsUnderlyingType(type).Cast<object>()
                .Select(value => JsonSerializer.SerializeToNode(Enum.ToObject(type, value), info)!.GetValue<string>());
            var missing = codes.Where(code => Contract.FaultsOf(JsonValue.Create(code), schema).Count > 0).ToArray();
            if (missing.Length > 0) faults.Add($"{at} can be {string.Join(", ", missing)} as well");
        }
        else if (!Fits(Followed(schema), type))
        {
            faults.Add($"{at} is no {type.Name}");
        }
    }

    private static bool Fits(JsonNode schema, Type type)
    {
        var (kind, format) = (
            (
                schema["const"] is not null
                    || schema["enum"] is not null ? "string" : schema["type"] is JsonArray choice ? choice[0] : schema["type"])?.ToString(),
            schema["format"]?.ToString());
        return type switch
        {
            _ when type == typeof(string) => kind == "string",
            _ when type == typeof(bool) => kind == "boolean",
            _ when type == typeof(int) || type == typeof(long) => kind == "integer",
            _ when type == typeof(double) => kind == "number",
            _ when type == typeof(DateTimeOffset) => format == "date-time",
            _ when type == typeof(DateOnly) => format == "date",
            _ when type == typeof(JsonElement) => kind == "object",
            _ when type == typeof(Guid) => format == "uuid",
            _ when type == typeof(Uri) => format == "uri",
            _ when type == typeof(Ubrn) => schema["pattern"]?.ToString() == "^[0-9]{12}$",
            _ when type == typeof(NhsNumber) => schema["pattern"]?.ToString() == "^[0-9]{10}$",
            _ => false,
        };
    }

    private static bool IsIgnored(JsonPropertyInfo member) => Ignore(member)?.Condition == JsonIgnoreCondition.Always;

    private static bool LeavesNullOut(JsonPropertyInfo member, JsonTypeInfo owner) =>
        owner.Options.DefaultIgnoreCondition == JsonIgnoreCondition.WhenWritingNull && Ignore(member)?.Condition != JsonIgnoreCondition.Never;

    private static JsonIgnoreAttribute? Ignore(JsonPropertyInfo member) =>
        member.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: true).OfType<JsonIgnoreAttribute>().SingleOrDefault()
        ?? member.DeclaringType.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .SingleOrDefault(property => property.Name.Equals(member.Name, StringComparison.OrdinalIgnoreCase))?.GetCustomAttribute<JsonIgnoreAttribute>();

    private static bool AllowsNull(JsonNode schema) =>
        (schema["oneOf"] is JsonArray choices && choices.Any(choice => choice!["type"]?.ToString() == "null"))
        || (schema["type"] is JsonArray types && types.Any(type => type!.ToString() == "null"));

    private static JsonNode WithoutNull(JsonNode schema) =>
        schema["oneOf"] is JsonArray choices && AllowsNull(schema) ? choices.Single(choice => choice!["type"]?.ToString() != "null")! : schema;

    private static JsonNode Followed(JsonNode schema) =>
        schema["$ref"]?.GetValue<string>() is { } reference ? Contract.Schema(reference.Split('/')[^1]) : schema;
}
