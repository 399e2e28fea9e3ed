using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Text;
using EReferrals.Confirmations;
using EReferrals.ApiDocs;
using EReferrals.Attachments.Files;
using EReferrals.Attachments;
using EReferrals.Contingency.PaperReports;
using EReferrals.Http;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Referrals;
using EReferrals.Referrals.Slots;
using EReferrals.Security;
using EReferrals.Status.Canary;
using EReferrals.Status.Health;
using EReferrals.Storage.Blobs;
using EReferrals.Worklists.Reading;
using Microsoft.Azure.Functions.Worker;
using Microsoft.OpenApi;

namespace EReferrals.Tests.ApiDocs;

/// <summary>Checks that the document matches the code.</summary>
public sealed partial class ApiDocumentTests
{
    private static readonly JsonObject Root = ApiDocument.Current.Root;

    [Fact]
    public void An_independent_reader_finds_no_error_in_the_OpenAPI_document()
    {
        var read = OpenApiDocument.Parse(Encoding.UTF8.GetString(ApiDocument.Current.Bytes), "json");

        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, read.Diagnostic.SpecificationVersion);
    }

    [Fact]
    public void The_document_lists_every_HTTP_function_with_its_route_method_and_roles_and_no_other()
    {
        // HEAD is GET without the body. A catch-all route that takes no method is not an operation. The files of the clinic's page are no API.
        var functions = Functions()
            .Where(function => function.Trigger.Route != Routes.Rest && !function.Trigger.Route!.StartsWith("app/", StringComparison.Ordinal))
            .SelectMany(function => function.Trigger.Methods!.Except(["head"]).Select(method =>
            $"{method.ToUpperInvariant()} /{function.Trigger.Route!.TrimStart('/')} {Camel(function.Type.Name)} {Who(DeclaredAccess.From(function.Method))}"));
        var described = Contract.Operations.Select(operation =>
            $"{operation.Verb.ToUpperInvariant()} {operation.Path} {operation.Id} {string.Join(' ', operation.Roles.Order().Select(Code.From))}".TrimEnd());

        // Compare as text, so that a failure shows whole lines.
        Assert.Equal(
            string.Join('\n', functions.Select(line => line.TrimEnd()).Order(StringComparer.Ordinal)),
            string.Join('\n', described.Order(StringComparer.Ordinal)));

        static string Who(DeclaredAccess access) => string.Join(' ', access.Roles.Order().Select(Code.From));
    }

    [Fact]
    public void Every_enumeration_has_the_values_of_the_code()
    {
        var written = Enumerations().ToDictionary(pair => pair.Name, pair => string.Join(' ', pair.Codes.Order(StringComparer.Ordinal)));
        var described = Root["components"]!["schemas"]!.AsObject().Where(schema => schema.Value!["enum"] is not null)
            .ToDictionary(
                schema => schema.Key,
                schema => string.Join(' ', schema.Value!["enum"]!.AsArray().Select(code => code!.GetValue<string>()).Order(StringComparer.Ordinal)));

        Assert.Equal(Lines(written), Lines(described));
    }

    [Fact]
    public void Upload_and_download_list_the_file_types_that_the_code_allows()
    {
        var upload = Contract.Operations.Single(operation => operation.Id == "uploadAttachment").Node["requestBody"]!["content"]!.AsObject();
        var download = Contract.Operations.Single(operation => operation.Id == "getAttachment").Responses.Where(response => response.Status is "200" or "206");

        Assert.Equal(FileTypes.ContentTypes, upload.Select(type => type.Key));
        Assert.All(download, response => Assert.Equal(FileTypes.ContentTypes, response.Content.Select(type => type.Key)));
    }

    [Fact]
    public void Every_example_fits_its_schema()
    {
        var contents = Contract.Operations.SelectMany(
            operation => Media(operation.Node["requestBody"]?["content"]).Concat(operation.Responses.SelectMany(response => Media(response.Content))));
        var checkedExamples = 0;
        foreach (var media in contents.Where(media => media["schema"] is not null))
        {
            foreach (var example in Examples(media))
            {
                Assert.Empty(Contract.FaultsOf(example, media["schema"]!));
                checkedExamples++;
            }
        }

        foreach (var parameter in Contract.Operations.SelectMany(operation => operation.Parameters).Where(parameter => parameter.Example is not null))
        {
            Assert.Empty(Contract.FaultsOf(JsonValue.Create(parameter.Example), parameter.Schema));
        }

        Assert.InRange(checkedExamples, 100, int.MaxValue);
    }

    [Fact]
    public void Every_patient_of_an_example_is_invented()
    {
        var text = Encoding.UTF8.GetString(ApiDocument.Current.Bytes);

        Assert.All(
            NhsNumberInText().Matches(text).Select(match => match.Groups[1].Value), number => Assert.StartsWith("999", number, StringComparison.Ordinal));
        Assert.True(NhsNumber.TryParse("9990000026", out _));
    }

    [Fact]
    public void Every_component_is_used_and_every_operation_with_a_body_has_an_example()
    {
        var text = Root.ToJsonString();
        var parts = Root["components"]!.AsObject().Where(kind => kind.Key != "securitySchemes")
            .SelectMany(kind => kind.Value!.AsObject().Select(part => $"#/components/{kind.Key}/{part.Key}"));

        Assert.All(parts, part => Assert.Contains($"\"{part}\"", text, StringComparison.Ordinal));
        Assert.All(
            Contract.Operations.Where(operation => operation.BodySchema is not null), operation => Assert.NotEmpty(operation.BodyExamples));
        Assert.Equal(Contract.Operations.Count, Contract.Operations.Select(operation => operation.Id).Distinct().Count());
    }

    [Fact]
    public void Every_error_response_has_the_same_problem_schema()
    {
        foreach (var response in Contract.Plain.SelectMany(operation => operation.Responses).Where(response => response.Status[0] is '4' or '5'))
        {
            // /health/ready describes missing dependencies in its own format.
            if (response.Content.ContainsKey("application/json")) continue;
            Assert.Equal("#/components/schemas/Problem", response.Content["application/problem+json"]!["schema"]!["$ref"]!.GetValue<string>());
        }
    }

    [Fact]
    public void The_document_lists_every_error_code_and_problem_type_of_the_code()
    {
        var sources = System.IO.Directory.EnumerateFiles(Path.Combine(Repository.Root, "functions", "EReferrals"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}Ers{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(File.ReadAllText).ToArray();
        var codes = sources.SelectMany(text => ErrorCodes().Matches(text)).Select(match => match.Groups[1].Value).Distinct();
        var types = sources.SelectMany(text => ProblemNames().Matches(text)).Select(match => $"urn:ereferrals:problem:{match.Groups[1].Value}").Distinct();

        // Only the e-RS API sends these.
        string[] ofErs = ["DUPLICATE_SERVICE", "SNOMED_NOT_FOUND", "PRIORITY_NOT_CURRENT", "UNABLE_TO_CANCEL_APPOINTMENT"];
        Assert.Empty(codes.Except(CodesIn("ErrorCode")).Except(ofErs));
        Assert.All(
            CodesIn("ErrorCode").Except(Code.All<AttachmentStatus>()),
            code => Assert.Contains(sources, text => text.Contains($"\"{code}\"", StringComparison.Ordinal)));
        Assert.Equal(CodesIn("ProblemType").Order(StringComparer.Ordinal), types.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<(string Name, IEnumerable<string> Codes)> Enumerations()
    {
        var today = new DateOnly(2026, 11, 25);
        yield return ("Priority", Code.All<Priority>());
        yield return ("ReferralState", Code.All<ReferralState>());
        yield return ("ReferralStatus", Code.All<ReferralStatus>().Select(code => code.ToLowerInvariant()));
        yield return ("Review", Code.All<Review>());
        yield return ("LetterIntention", Code.All<LetterIntention>());
        yield return ("LetterStatus", Code.All<LetterStatus>());
        yield return ("AttachmentStatus", Code.All<AttachmentStatus>());
        yield return ("AttachmentType", Code.All<AttachmentType>());
        yield return ("Worklist", Code.All<Worklist>());
        yield return ("ListSource", Code.All<ListSource>().Select(code => code.ToLowerInvariant()));
        yield return ("Overdue", Code.All<Overdue>());
        yield return ("Side", Code.All<Side>());
        yield return ("UserRole", Enum.GetValues<Role>().Where(role => !role.IsApplication()).Select(Code.From));
        yield return ("ApplicationRole", Enum.GetValues<Role>().Where(role => role.IsApplication()).Select(Code.From));
        yield return ("RequestType", Code.All<RequestType>());
        yield return ("Bookable", Code.All<Bookable>());
        yield return ("ConfirmedAction", Code.All<ConfirmedAction>());
        yield return ("ConfirmationState", Code.All<ConfirmationState>());
        yield return ("ApprovalStatus", Code.All<ApprovalStatus>());
        yield return ("ServiceAction", Code.All<ServiceAction>());
        yield return ("GenderTreated", Code.All<GenderTreated>());
        yield return ("AppointmentOutcome", Code.All<AppointmentOutcome>());
        yield return ("DeferralReason", Code.All<DeferralReason>());
        yield return ("SlotStatus", Code.All<SlotStatus>());
        yield return ("ReferralAction", Code.All<ReferralAction>());
        yield return ("ProblemCode", Code.All<ProblemCode>());
        yield return ("PaperAction", Code.All<PaperAction>());
        yield return ("PaperOutcome", Code.All<PaperOutcome>());
        yield return ("PackSide", Code.All<PackSide>());
        yield return ("OverallState", LowerCase<OverallState>());
        yield return ("ComponentState", LowerCase<ComponentState>());
        yield return ("CanaryState", LowerCase<CanaryState>());
        yield return ("RejectionReason", Given(Reasons.AppointmentCancellation, reason => reason.Usage == ReasonUsage.Reject));
        yield return (
            "AppointmentCancellationReason",
            Given(Reasons.AppointmentCancellation, reason => reason.Usage == ReasonUsage.Cancel || reason.Type == ReasonType.Provider));
        yield return ("NonAttendanceReason", Given(Reasons.NonAttendance, _ => true));
        yield return ("ReferralCancellationReason", Given(Reasons.ReferralCancellation, reason => reason.Usage == ReasonUsage.CancelReferral));
        // Another test compares these with the sources.
        yield return ("ErrorCode", CodesIn("ErrorCode"));
        yield return ("ProblemType", CodesIn("ProblemType"));

        IEnumerable<string> Given(IEnumerable<Reason> reasons, Func<Reason, bool> suits) =>
            reasons.Where(reason => suits(reason) && reason.IsInDate(today)).Select(reason => reason.Code);

        static IEnumerable<string> LowerCase<T>() where T : struct, Enum => Code.All<T>().Select(code => code.ToLowerInvariant());
    }

    private static IEnumerable<string> CodesIn(string schema) => Contract.Schema(schema)["enum"]!.AsArray().Select(code => code!.GetValue<string>());

    private static string Lines(Dictionary<string, string> pairs) =>
        string.Join('\n', pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}: {pair.Value}"));

    private static IEnumerable<JsonObject> Media(JsonNode? content) => (content as JsonObject ?? []).Select(type => type.Value!.AsObject());

    private static IEnumerable<JsonNode?> Examples(JsonObject media) =>
        (media["examples"] as JsonObject ?? []).Select(example => example.Value!["value"]).Concat(media["example"] is { } one ? [one] : []);

    private static IEnumerable<(Type Type, MethodInfo Method, HttpTriggerAttribute Trigger)> Functions() =>
        from type in typeof(EReferrals.Program).Assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
        where method.IsDefined(typeof(FunctionAttribute))
        from trigger in method.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).OfType<HttpTriggerAttribute>()
        select (type, method, trigger);

    // SubmitReferralFunction becomes submitReferral.
    private static string Camel(string function) => char.ToLowerInvariant(function[0]) + function[1..^"Function".Length];

    [GeneratedRegex("\"nhsNumber\":\"([0-9 -]+)\"")]
    private static partial Regex NhsNumberInText();

    // The code is the last of at most three leading arguments.
    [GeneratedRegex(@"\b(?:FieldError|OfHeader|OfParameter|Refusal|Add|Forbidden)\(\s*(?:(?:\$?""[^""]*""|[\w.]+)\s*,\s*){0,2}""([A-Z]+(?:_[A-Z]+)*)""\s*,")]
    private static partial Regex ErrorCodes();

    [GeneratedRegex(@"(?:new(?: Problem)?\(\s*HttpStatusCode\.\w+,|Conflict\()\s*""([a-z]+(?:-[a-z]+)*)"",\s*""")]
    private static partial Regex ProblemNames();
}
