using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using EReferrals.Ers.Endpoints;
using EReferrals.Referrals.Organisations;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Ers;

/// <summary>Steps of journeys that use the e-RS API only.</summary>
internal static class ErsSteps
{
    public const string Stu3 = "/referrals/FHIR/STU3/";
    public const string R4 = "/referrals/FHIR/R4/";
    public const string Fhir = "application/fhir+json";

    private const string CodeSystems = "https://fhir.nhs.uk/STU3/CodeSystem/";
    private const string Profiles = "https://fhir.nhs.uk/STU3/StructureDefinition/";

    // These codes say that a body is malformed, or that its key belongs to another request, whatever the operation is.
    private static readonly string[] Common = ["CONFLICTING_VALUES", "INVALID_FHIR_STRUCTURE", "INVALID_VALUE", "MISSING_VALUE", "UNEXPECTED_FIELD"];

    public static Actor ProviderAdmin { get; } = new("021600556111", Sample.Provider, Role.ServiceProviderClinicianAdmin, "103264994981");

    public static Actor Application { get; } = new("provider-system", Sample.Provider, Role.ProviderAuthorisedApplication);

    public static Actor Stranger { get; } = Sample.ProviderClinician with { Organisation = "RCD" };

    public static Task<HttpResponseMessage> FhirAsync(
        this RunningApp app, Actor actor, HttpMethod method, string path, JsonNode? body = null, params (string, string)[] headers)
    {
        StringContent? content = null;
        if (body is not null)
        {
            content = new StringContent(body.ToJsonString(), Encoding.UTF8);
            content.Headers.ContentType = new MediaTypeHeaderValue(Fhir);
        }

        return app.SendAsync(actor, method, path, content, headers);
    }

    public static Task<HttpResponseMessage> ReadAsync(this RunningApp app, Actor actor, string path, params (string, string)[] headers) =>
        app.FhirAsync(actor, HttpMethod.Get, path, body: null, headers);

    /// <summary>Sends an operation on a referral with the version on which it was decided.</summary>
    public static Task<HttpResponseMessage> OperateAsync(this RunningApp app, Actor actor, string ubrn, string operation, JsonNode? body, int version) =>
        app.FhirAsync(actor, HttpMethod.Post, $"{Stu3}ReferralRequest/{ubrn}/$ers.{operation}", body, ("If-Match", $"W/\"{version}\""));

    /// <summary>Sends a body of A011.</summary>
    public static Task<HttpResponseMessage> PostCreationAsync(
        this RunningApp app, JsonNode body, Actor? referrer = null, params (string, string)[] headers) =>
        app.FhirAsync(referrer ?? Sample.ReferringClinician, HttpMethod.Post, Stu3 + "ReferralRequest/$ers.createReferral", body, headers);

    /// <summary>Sends a body of A008.</summary>
    public static Task<HttpResponseMessage> FetchListAsync(this RunningApp app, Actor reader, JsonNode body, params (string, string)[] headers) =>
        app.FhirAsync(reader, HttpMethod.Post, Stu3 + "ReferralRequest/$ers.fetchworklist", body, headers);

    public static async Task<JsonObject> CreatedAsync(this RunningApp app, params string[] services)
    {
        using var response = await app.PostCreationAsync(Creation(services));
        return await response.ResourceAsync(201);
    }

    /// <summary>The resource of a response with this status, after checks that hold for every response.</summary>
    public static async Task<JsonObject> ResourceAsync(this HttpResponseMessage response, int status)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} instead of {status}: {text}");
        Assert.Equal(Fhir, response.Content.Headers.ContentType?.MediaType);
        Assert.Matches("^[0-9a-f-]{36}-[0-9]+$", response.Headers.GetValues("X-Request-ID").Single());
        if (response.RequestMessage!.RequestUri!.AbsolutePath.StartsWith(R4, StringComparison.Ordinal)) OfficialR4.Parse(text);
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>The codes and diagnostics of an OperationOutcome.</summary>
    public static async Task<IReadOnlyList<(string Code, string Type, string Diagnostics)>> OutcomeAsync(this HttpResponseMessage response, int status)
    {
        var outcome = await response.ResourceAsync(status);
        Assert.Equal("OperationOutcome", (string?)outcome["resourceType"]);
        var isR4 = response.RequestMessage!.RequestUri!.AbsolutePath.StartsWith(R4, StringComparison.Ordinal);
        if (!isR4) Assert.Equal(Profiles + "eRS-OperationOutcome-1", (string?)outcome["meta"]!["profile"]![0]);
        IReadOnlyList<(string Code, string Type, string Diagnostics)> issues =
        [
            .. outcome["issue"]!.AsArray().Select(issue =>
            {
                Assert.Equal("error", (string?)issue!["severity"]);
                var coding = issue["details"]!["coding"]![0]!;
                if (!isR4) Assert.Equal(CodeSystems + "eRS-APIErrorCode-1", (string?)coding["system"]);
                return ((string)coding["code"]!, (string)issue["code"]!, (string?)issue["diagnostics"] ?? "");
            }),
        ];
        if (status == 422) Assert.Empty(issues.Select(issue => issue.Code).Except([.. Common, .. EndpointOf(response.RequestMessage).Codes]));
        if (status == 422 && !isR4) Assert.All(issues, issue => Assert.Equal(TypeOf(issue.Code), issue.Type));
        if (status != 503 && !isR4) Assert.All(issues, issue => Assert.NotEmpty(issue.Diagnostics));
        return issues;
    }

    private static string TypeOf(string code) => code switch
    {
        "INVALID_CODE" => "code-invalid",
        "NO_RELATIONSHIP" => "forbidden",
        "REFERENCE_NOT_FOUND" => "not-found",
        "UNEXPECTED_FIELD" or "INVALID_VALUE" => "value",
        "MISSING_VALUE" or "VALUE_IS_REQUIRED" => "required",
        _ => "business-rule",
    };

    private static ErsEndpoint EndpointOf(HttpRequestMessage request)
    {
        var sent = request.RequestUri!.AbsolutePath.Split('/');
        return ErsEndpoints.All.Single(row => row.Method.Equals(request.Method.Method, StringComparison.OrdinalIgnoreCase) && row.Paths.Any(IsSent));

        bool IsSent(string path) => $"/referrals/FHIR/{path}".Split('/') is var parts && parts.Length == sent.Length
            && parts.Zip(sent).All(pair => pair.First == pair.Second || pair.First.StartsWith('{'));
    }

    public static async Task AssertCodesAsync(this HttpResponseMessage response, int status, params string[] codes) =>
        Assert.Equal(codes.Order(), (await response.OutcomeAsync(status)).Select(issue => issue.Code).Order());

    public static string IdOf(this JsonObject resource) => (string)resource["id"]!;

    public static int VersionOf(this JsonObject resource) => int.Parse((string)resource["meta"]!["versionId"]!, CultureInfo.InvariantCulture);

    public static string StateOf(this JsonObject referral) =>
        (string)Extension(referral, "Extension-eRS-ReferralState-1")!["extension"]![0]!["valueCoding"]!["code"]!;

    public static JsonNode? Extension(this JsonNode resource, string name) =>
        resource["extension"]!.AsArray().SingleOrDefault(extension => (string)extension!["url"]! == Profiles + name);

    public static JsonNode? Contained(this JsonObject resource, string id) =>
        resource["contained"]!.AsArray().SingleOrDefault(contained => (string)contained!["id"]! == id);

    /// <summary>The UBRNs of a worklist.</summary>
    public static async Task<IReadOnlyList<string>> ErsListAsync(this RunningApp app, Actor actor, string list, params JsonObject[] filters) =>
        [.. (await app.ErsEntriesAsync(actor, list, filters)).Keys];

    /// <summary>The fields of each entry of a worklist, by UBRN and then by the name of the field.</summary>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonNode>>> ErsEntriesAsync(
        this RunningApp app, Actor actor, string list, params JsonObject[] filters)
    {
        using var response = await app.FetchListAsync(actor, ListRequest(list, filters));
        var resource = await response.ResourceAsync(200);
        return resource["entry"]!.AsArray().ToDictionary(
            entry => ((string)entry!["item"]!["reference"]!)["ReferralRequest/".Length..],
            entry => (IReadOnlyDictionary<string, JsonNode>)entry!["extension"]![0]!["extension"]!.AsArray()
                .ToDictionary(field => (string)field!["url"]!, field => field!.DeepClone()));
    }

    public static JsonObject ListRequest(string list, params JsonObject[] filters) => Parameters(
        "eRS-FetchWorklist-Parameters-1",
        [Parameter("listType", "valueCodeableConcept", new JsonObject { ["coding"] = new JsonArray(Coding("eRS-ReferralListSelector-1", list)) }), .. filters]);

    /// <summary>The filter of a worklist by service.</summary>
    public static JsonObject OfService(string id) => Parameter("service", "valueIdentifier", Identifier("http://fhir.nhs.net/Id/ers-service", id));

    public static JsonObject Creation(params string[] services) => CreationOf("ROUTINE", services);

    /// <summary>A body of A011 for a patient of its own.</summary>
    public static JsonObject CreationOf(string priority, params string[] services) => Parameters(
        "eRS-CreateReferral-Parameters-1",
        Parameter("patient", "valueIdentifier", Identifier("http://fhir.nhs.net/Id/nhs-number", InventedPatient.NhsNumber())),
        Parameter("shortlist", "resource", Shortlist(priority, services)),
        Parameter("intentionToAddReferralLetter", "valueCoding", Coding("eRS-ReferralLetterIntention-1", "NEED_TO_ADD_LATER")),
        Parameter("firstReminderLetterFollowUpDays", "valueUnsignedInt", 0));

    public static JsonObject Shortlist(string priority, params string[] services) => new()
    {
        ["resourceType"] = "List",
        ["meta"] = Profile("eRS-Shortlist-List-1"),
        ["contained"] = new JsonArray(Criteria(priority)),
        ["extension"] = new JsonArray(new JsonObject
        {
            ["url"] = Profiles + "Extension-eRS-Shortlist-SearchCriteria-1",
            ["valueReference"] = new JsonObject { ["reference"] = "#criteria" },
        }),
        ["status"] = "current",
        ["mode"] = "snapshot",
        ["entry"] = new JsonArray([.. services.Select(id => new JsonObject
        {
            ["item"] = new JsonObject { ["identifier"] = Identifier("http://fhir.nhs.net/Id/ers-service", id) },
        })]),
    };

    public static JsonObject Criteria(string priority, string specialty = "CARDIOLOGY", string clinicType = "HEART_FAILURE")
    {
        var criteria = Parameters(
            "eRS-ServiceSearchCriteria-Parameters-1",
            Parameter("priority", "valueCoding", Coding("eRS-Priority-1", priority)),
            Parameter("specialty", "valueCoding", Served("SPECIALTY", specialty)),
            Parameter("clinicType", "valueCoding", Coding("eRS-ClinicType-1", clinicType)),
            Parameter("ageAndGenderAppropriate", "valueBoolean", true));
        criteria["id"] = "criteria";
        return criteria;
    }

    public static JsonObject Letters(params string[] files) => Parameters(
        "eRS-MaintainReferralLetter-Parameters-1",
        [.. files.Select(file => Parameter("referralLetterFile", "resource", Document("REFERRER", file)))]);

    public static JsonObject Document(string type, string file) => new()
    {
        ["resourceType"] = "DocumentReference",
        ["meta"] = Profile("eRS-DocumentReference-1"),
        ["type"] = new JsonObject { ["coding"] = new JsonArray(Coding("eRS-AttachmentType-1", type)) },
        ["status"] = "current",
        ["indexed"] = "2026-11-25T09:30:00.000Z",
        ["description"] = "Results of the last visit",
        ["content"] = new JsonArray(new JsonObject { ["attachment"] = new JsonObject { ["url"] = $"Binary/{file}" } }),
    };

    public static JsonObject Rejection(string reason, string? comments = null, bool? inPas = null) => Parameters(
        "eRS-RejectReferral-Parameters-1",
        [
            Parameter("rejectionReason", "valueCoding", Served("APPOINTMENT-CANCELLATION-REASON", reason)),
            .. comments is null ? [] : new[] { Parameter("rejectionComments", "valueString", comments) },
            .. inPas is null ? [] : new[] { Parameter("appointmentCancelledInPAS", "valueBoolean", inPas.Value) },
        ]);

    public static JsonObject Review(string outcome, string? comments = "Seen", string? priority = null, params string[] files) => Parameters(
        "eRS-RecordReviewOutcome-Parameters-1",
        [
            Parameter("reviewOutcome", "valueCoding", Coding("eRS-ReviewOutcome-1", outcome)),
            .. comments is null ? [] : new[] { Parameter("reviewComments", "valueString", comments) },
            .. priority is null ? [] : new[] { Parameter("reviewPriority", "valueCoding", Coding("eRS-Priority-1", priority)) },
            .. files.Select(file => Parameter("reviewAttachmentFile", "resource", Document("PROVIDER", file))),
        ]);

    public static JsonObject Cancellation(string reason, string? comments = null) => Parameters(
        "eRS-CancelReferral-Request-Parameters-1",
        [
            Parameter("cancellationReason", "valueCoding", Served("REFERRAL-CANCELLATION-REASON", reason)),
            .. comments is null ? [] : new[] { Parameter("cancellationComments", "valueString", comments) },
        ]);

    public static JsonObject Parameters(string profile, params JsonObject[] parameters) => new()
    {
        ["resourceType"] = "Parameters",
        ["meta"] = Profile(profile),
        ["parameter"] = new JsonArray([.. parameters]),
    };

    public static JsonObject Parameter(string name, string type, JsonNode value) => new() { ["name"] = name, [type] = value };

    public static JsonObject Coding(string system, string code) => new() { ["system"] = CodeSystems + system, ["code"] = code };

    /// <summary>A code of a list that the server serves; a client may have been set up with any base.</summary>
    public static JsonObject Served(string type, string code) =>
        new() { ["system"] = $"https://elsewhere.example/FHIR/STU3/CodeSystem/{type}", ["code"] = code };

    public static JsonObject Concept(string system, string code) => new() { ["coding"] = new JsonArray(Coding(system, code)) };

    public static JsonObject Identifier(string system, string value) => new() { ["system"] = system, ["value"] = value };

    /// <summary>The parameter of this name of a Parameters resource.</summary>
    public static JsonObject Named(this JsonObject parameters, string name) =>
        parameters["parameter"]!.AsArray().Single(parameter => (string)parameter!["name"]! == name)!.AsObject();

    public static void Drop(this JsonObject parameters, string name) => parameters["parameter"]!.AsArray().Remove(parameters.Named(name));

    /// <summary>Uploads a text with A020 and returns its id.</summary>
    public static async Task<string> ErsUploadAsync(this RunningApp app, Actor actor, string? ubrn, string name = "letter.txt", string text = "Dear colleague")
    {
        using var response = await app.ErsPostFileAsync(actor, Encoding.UTF8.GetBytes(text), name, "text/plain", ubrn);
        Assert.Equal(201, (int)response.StatusCode);
        return response.Headers.Location!.ToString()["Binary/".Length..];
    }

    public static Task<HttpResponseMessage> ErsPostFileAsync(this RunningApp app, Actor actor, byte[] bytes, string? name, string type, string? ubrn)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        (string, string)[] headers =
        [
            .. name is null ? [] : new[] { ("NHSD-eRS-File-Name", name) },
            .. ubrn is null ? [] : new[] { ("NHSD-eRS-Referral-ID", ubrn) },
        ];
        return app.SendAsync(actor, HttpMethod.Post, Stu3 + "Binary", content, headers);
    }

    /// <summary>Submits at the plain API, where a referral can be sent straight to a service.</summary>
    public static async Task<string> SentAsync(this RunningApp app, string service, bool needsLetter = false)
    {
        var submission = JourneySteps.Submission("ROUTINE", service);
        if (!needsLetter) submission["letter"] = "NOT_INTENDING_TO_ADD";
        var ubrn = await app.SubmitAsync(Sample.ReferringClinician, submission);
        await app.DrainAsync();
        return ubrn;
    }

    /// <summary>Returns a referral that is booked and waits for a review, in version 2.</summary>
    public static async Task<string> BookedAsync(this RunningApp app, string service = "11000")
    {
        var ubrn = await app.SentAsync(service);
        var start = DateTimeOffset.UtcNow.AddDays(7);
        var appointment = new JsonObject
        {
            ["start"] = start.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["end"] = start.AddMinutes(20).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["clinician"] = "021600556514",
        };
        using var booked = await app.CommandAsync(Sample.ProviderClinician, ubrn, "book", appointment, 1);
        Assert.Equal(200, (int)booked.StatusCode);
        return ubrn;
    }

    /// <summary>Returns a referral that is booked at an indirectly bookable service of RCD, in version 2.</summary>
    public static async Task<string> IndirectlyBookedAsync(this RunningApp app)
    {
        var ubrn = await app.SentAsync("60003");
        var start = DateTimeOffset.UtcNow.AddDays(7);
        var appointment = new JsonObject
        {
            ["start"] = start.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["end"] = start.AddMinutes(20).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        };
        using var booked = await app.CommandAsync(Stranger, ubrn, "book", appointment, 1);
        Assert.Equal(200, (int)booked.StatusCode);
        return ubrn;
    }

    public static Actor At(this Actor actor, string organisation) => actor with { Organisation = organisation };

    private static JsonObject Profile(string name) => new() { ["profile"] = new JsonArray(Profiles + name) };
}
