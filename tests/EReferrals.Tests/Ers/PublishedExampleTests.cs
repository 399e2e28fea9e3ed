using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Slots;

namespace EReferrals.Tests.Ers;

/// <summary>
/// Compares with the published examples of NHS e-RS, which stand beside the checkout and not in it. Without them, the tests have nothing to compare.
/// Ids, versions, instants and bases differ; the order of extensions, contained resources and parameters has no meaning.
/// </summary>
[Collection(Journey.Name)]
public partial class PublishedExampleTests(SharedApp shared)
{
    private static readonly string Folder = Path.Combine(Repository.Root, "..", "shared", "examples", "ers", "stu3");

    // The referrals of these tests were sent straight to their service, without a search; and an admin attached the published files.
    private static readonly string[] OfCreation = ["parameter(clinicType)", "parameter(postcode)", "parameter(distanceLimit)", "eRS-AttachedOnBehalfOf-1"];

    private const string PublishedPatient = "9912003888";
    private const string Consultant = "921600556514";

    private readonly RunningApp _app = shared.App;

    [Theory]
    [InlineData("AppointmentCancellationReasonCodeSystem", "APPOINTMENT-CANCELLATION-REASON")]
    [InlineData("PriorityCodeSystem", "PRIORITY")]
    [InlineData("ReferralCancellationReasonCodeSystem", "REFERRAL-CANCELLATION-REASON")]
    public async Task A_code_system_equals_the_published_one(string file, string type)
    {
        if (Example($"getCodeSystem/responses/{file}.json") is not { } published) return;
        using var response = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}CodeSystem/{type}");

        AssertEqual(published, await response.ResourceAsync(200));
    }

    [Fact]
    public async Task A_created_referral_equals_the_published_one()
    {
        if (Example("createReferral/requests/MinimalRequest.json") is not { } request) return;
        var created = await CreatedAsync(request);

        AssertEqual(Example("createReferral/responses/ReferralRequest.json")!, created, ("R69", Sample.ReferringOrganisation));
    }

    [Fact]
    public async Task A_referral_with_a_letter_equals_the_published_one()
    {
        if (Example("maintainReferralLetter/requests/SingleDocumentReference.json") is not { } request) return;
        var ubrn = (await CreatedAsync(SearchedNearby("11002", pathwayStart: false))).IdOf();
        var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn, "testResults.txt", "A letter of 17 by");
        await _app.DrainAsync();
        request.Named("referralLetterFile")["resource"]!["content"]![0]!["attachment"]!["url"] = $"Binary/{file}";

        using var response = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", request, 1);

        AssertEqual(
            Example("maintainReferralLetter/responses/ReferralRequestWithSingleDocumentReference.json")!,
            await response.ResourceAsync(200),
            ("R69", Sample.ReferringOrganisation), ("application/pdf", "text/plain"), ("testResults.pdf", "testResults.txt"));
    }

    [Fact]
    public async Task A_cancelled_referral_equals_the_published_one()
    {
        if (Example("cancelReferral/requests/IntendPrivateWithoutComment.json") is not { } request) return;
        var creation = Example("createReferral/requests/MinimalRequest.json")!;
        creation.Drop("eReferralPathwayStart");
        var list = creation.Named("shortlist")["resource"]!.AsObject();
        list["contained"]![0]!.AsObject().Named("priority")["valueCoding"]!["code"] = "ROUTINE";
        list["entry"]![0]!["item"]!["identifier"]!["value"] = "11004";
        var ubrn = (await CreatedAsync(creation)).IdOf();

        using var response = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "cancelReferral", request, 1);

        AssertEqual(
            Example("cancelReferral/responses/CancelledReferralIntendPrivateWithoutComment.json")!, await response.ResourceAsync(200),
            ("R69", Sample.ReferringOrganisation));
    }

    [Fact]
    public async Task A_rejected_referral_has_the_shape_of_the_published_one()
    {
        if (Example("rejectReferral/requests/BasicExampleDbs.json") is not { } request) return;
        var ubrn = await _app.BookedAsync();
        var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn);
        using var letter = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", ErsSteps.Letters(file), 2);
        await letter.ResourceAsync(200);

        using var response = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "rejectReferral", request, 3);

        AssertShape(Example("rejectReferral/responses/ExampleResponseDbs.json")!, await response.ResourceAsync(200), OfCreation);
    }

    [Fact]
    public async Task An_accepted_referral_has_the_shape_of_the_published_one()
    {
        if (Example("acceptReferral/responses/ExampleResponse.json") is not { } published) return;
        var ubrn = await _app.BookedAsync();
        var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn);
        using var letter = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", ErsSteps.Letters(file), 2);
        await letter.ResourceAsync(200);

        using var response = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "acceptReferral", null, 3);

        AssertShape(published, await response.ResourceAsync(200), [.. OfCreation, "/slot"]);
    }

    [Fact]
    public async Task A_triaged_referral_has_the_shape_of_the_published_one()
    {
        if (Example("recordTriageOutcome/requests/AcceptReferBookLater.json") is not { } request) return;
        var ubrn = await _app.SentAsync("50001");
        var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn);
        using var letter = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", ErsSteps.Letters(file), 1);
        await letter.ResourceAsync(200);

        using var response = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "recordReviewOutcome", request, 2);

        AssertShape(Example("recordTriageOutcome/responses/AcceptReferBookLater.json")!, await response.ResourceAsync(200), OfCreation);
    }

    [Theory]
    [InlineData("MinimalReferralsForReview", "ReferralsForReview", true)]
    [InlineData("MinimalAppointmentSlotIssues", "AppointmentSlotIssues", true)]
    [InlineData("MinimalAwaitingBooking", "AwaitingBooking", false)]
    public async Task A_worklist_has_the_shape_of_the_published_one(string request, string response, bool isProviders)
    {
        if (Example($"retrieveWorklist/requests/{request}.json") is not { } body) return;
        await _app.BookedAsync();
        await _app.CreatedAsync("11002");
        foreach (var service in new[] { "50001", "11000" })
        {
            var ubrn = await _app.SentAsync(service);
            var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn);
            using var letter = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", ErsSteps.Letters(file), 1);
            await letter.ResourceAsync(200);
        }

        using var cancelled = await _app.CommandAsync(
            Sample.ReferringClinician, await _app.BookedAsync(), "appointment/cancel", new JsonObject { ["reason"] = "PATIENT_HOLIDAY" }, 2);
        Assert.Equal(200, (int)cancelled.StatusCode);
        await _app.DrainAsync();

        using var answer = await _app.FhirAsync(
            isProviders ? Sample.ProviderClinician : Sample.ReferringClinician, HttpMethod.Post, ErsSteps.Stu3 + "ReferralRequest/$ers.fetchworklist", body);

        // What depends on how a referral was deferred does not occur here.
        AssertShape(
            Example($"retrieveWorklist/responses/{response}.json")!, await answer.ResourceAsync(200),
            "clinicalInfoLastUpdated", "NO_SLOTS_AT_SERVICE", "extension(reason)/url", "extension(reason)/valueCodeableConcept/coding(NO_SLOTS");
    }

    [Theory]
    [InlineData("STU3-Forbidden.json", 403)]
    [InlineData("STU3-OperationOutcome.json", 422)]
    public async Task A_refusal_has_the_shape_of_the_published_one(string file, int status)
    {
        if (Example(file) is not { } published) return;
        using var response = status == 403
            ? await _app.OperateAsync(Sample.ReferringClinician, "000000012345", "acceptReferral", null, 1)
            : await _app.FhirAsync(
                Sample.ProviderClinician, HttpMethod.Post, ErsSteps.Stu3 + "ReferralRequest/$ers.fetchworklist",
                ErsSteps.ListRequest("REFERRALS_FOR_REVIEW", ErsSteps.Parameter("unknownParameter", "valueString", "x")));

        AssertShape(published, await response.ResourceAsync(status));
    }

    [Fact]
    public async Task A_search_that_finds_slots_equals_the_published_one()
    {
        if (Example("retrieveAppointmentSlots/responses/Minimum.json") is not { } published) return;
        var service = await _app.ServiceAsync(Sample.Provider);
        foreach (var hour in new[] { 1, 3, 4 })
        {
            var offered = SlotSteps.Slot($"1200000{hour}", minute: 60 * hour, priority: "ROUTINE");
            offered["clinician"] = Consultant;
            await _app.PublishAsync(Sample.Provider, service, offered);
        }

        // The contract names the clinician of a schedule, which this example has only in the id.
        var schedule = BookingSteps.ResourcesOf(published, "Schedule").Single();
        schedule["actor"]!.AsArray().Add(new JsonObject { ["identifier"] = ErsSteps.Identifier("http://fhir.nhs.net/Id/sds-user-id", Consultant) });

        using var response = await _app.FindSlotsAsync(PublishedSearch(service));

        AssertEqual(published, await response.ResourceAsync(200), ("/12000-", $"/{service}-"), ("=12000&", $"={service}&"),
            ("/value = 12000", $"/value = {service}"));
    }

    [Fact]
    public async Task A_search_that_finds_no_slots_equals_the_published_one()
    {
        if (Example("retrieveAppointmentSlots/responses/NoSlots.json") is not { } published) return;
        using var response = await _app.FindSlotsAsync(PublishedSearch("10000"));

        AssertEqual(published, await response.ResourceAsync(200));
    }

    [Fact]
    public async Task A_booking_equals_the_published_one()
    {
        if (Example("bookOrDeferAppointment/requests/MinimalBooking.json") is not { } request) return;
        var service = await _app.ServiceAsync(Sample.Provider);
        await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot("11000021", priority: "ROUTINE"));
        var (referral, slot) = (await _app.CreatedAsync(service), Assert.Single(await _app.FreeSlotsAsync(service)));
        (request["start"], request["end"]) = (slot["start"]!.DeepClone(), slot["end"]!.DeepClone());
        Address(request, referral, service);

        using var response = await _app.ErsBookAsync(request);

        AssertEqual(
            Example("bookOrDeferAppointment/responses/MinimalBooking.json")!, await response.ResourceAsync(201),
            ("/value = 11000", $"/value = {service}"), (PublishedPatient, BookingSteps.PatientOf(referral)),
            ("Forthright Cardiology Business Service", "Clinic of its own"));
    }

    [Theory]
    [InlineData("MinimalDeferral", "11021")]
    [InlineData("TriageDeferral", "50001")]
    public async Task A_deferral_equals_the_published_one(string name, string service)
    {
        if (Example($"bookOrDeferAppointment/requests/{name}.json") is not { } request) return;
        var referral = await _app.CreatedAsync(service);
        Address(request, referral, service);

        using var response = await _app.ErsBookAsync(request);

        AssertEqual(
            Example($"bookOrDeferAppointment/responses/{name}.json")!, await response.ResourceAsync(201),
            (PublishedPatient, BookingSteps.PatientOf(referral)));
    }

    [Fact]
    public async Task The_actions_on_a_cancelled_referral_equal_the_published_ones()
    {
        if (Example("availableActionsForUserList/Empty.json") is not { } published) return;
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        using var cancelled = await _app.OperateAsync(
            Sample.ReferringClinician, ubrn, "cancelReferral", ErsSteps.Cancellation("INTEND_PRIVATE"), 1);
        var version = (await cancelled.ResourceAsync(200)).Named("updatedReferralRequest")["resource"]!.AsObject().VersionOf();

        AssertEqual(published, await ActionsAsync(ubrn, version));
    }

    [Fact]
    public async Task The_actions_on_a_new_referral_have_the_shape_of_the_published_ones()
    {
        if (Example("availableActionsForUserList/WithCreateAppointment.json") is not { } published) return;

        AssertShape(published, await ActionsAsync((await _app.CreatedAsync("11002")).IdOf(), 1));
    }

    [Fact]
    public async Task A_referral_that_is_not_booked_equals_the_published_one_when_it_is_read()
    {
        if (Example("retrieveReferralRequest/responses/Unbooked.json") is not { } published) return;
        var ubrn = (await CreatedAsync(SearchedNearby("11002", pathwayStart: false))).IdOf();
        await AttachAsync(ubrn);

        // An admin attached the published file.
        AssertEqual(
            WithoutAttachedOnBehalfOf(published), await _app.ErsReferralAsync(ubrn), ("R69", Sample.ReferringOrganisation));
    }

    [Fact]
    public async Task A_booked_referral_equals_the_published_one_when_it_is_read()
    {
        if (Example("retrieveReferralRequest/responses/BookedDBS.json") is not { } published) return;
        var service = await _app.ServiceAsync(Sample.Provider);
        var offered = SlotSteps.Slot("11002001", priority: "ROUTINE");
        offered["clinician"] = "021600556514";
        await _app.PublishAsync(Sample.Provider, service, offered);
        var ubrn = (await CreatedAsync(SearchedNearby(service, pathwayStart: true))).IdOf();
        await AttachAsync(ubrn);
        var slot = Assert.Single(await _app.FreeSlotsAsync(service));
        using var booked = await _app.ErsBookAsync(BookingSteps.Booking(await _app.ErsReferralAsync(ubrn), service, slot, "021600556514"));
        await booked.ResourceAsync(201);

        AssertEqual(
            published, await _app.ErsReferralAsync(ubrn),
            ("R69", Sample.ReferringOrganisation), ("/value = 11002", $"/value = {service}"), ("Good Cardiology Business Service", "Clinic of its own"));
    }

    private static string PublishedSearch(string service) => $"{ErsSteps.Stu3}Slot?schedule.actor%3AHealthcareService={service}"
        + "&appointmentType=ROUTINE&_count=20&status=free&_include=Slot%3Aschedule&page=1";

    // The published request is about another referral, patient and service.
    private static void Address(JsonObject request, JsonObject referral, string service)
    {
        request["incomingReferral"]![0]!["reference"] = $"ReferralRequest/{referral.IdOf()}/_history/{referral.VersionOf()}";
        request["participant"]![0]!["actor"]!["identifier"]!["value"] = service;
        request["participant"]![1]!["actor"]!["identifier"]!["value"] = BookingSteps.PatientOf(referral);
    }

    private static JsonObject SearchedNearby(string service, bool pathwayStart)
    {
        var creation = Example("createReferral/requests/MinimalRequest.json")!;
        if (!pathwayStart) creation.Drop("eReferralPathwayStart");
        var list = creation.Named("shortlist")["resource"]!.AsObject();
        var criteria = list["contained"]![0]!.AsObject();
        criteria.Named("priority")["valueCoding"]!["code"] = "ROUTINE";
        criteria.Named("ageAndGenderAppropriate")["valueBoolean"] = true;
        criteria["parameter"]!.AsArray().Add(ErsSteps.Parameter("postcode", "valueString", "LS1 2TW"));
        criteria["parameter"]!.AsArray().Add(ErsSteps.Parameter("distanceLimit", "valueUnsignedInt", 123));
        list["entry"]![0]!["item"]!["identifier"]!["value"] = service;
        return creation;
    }

    private async Task AttachAsync(string ubrn)
    {
        using var uploaded = await _app.ErsPostFileAsync(
            Sample.ReferringClinician, Encoding.ASCII.GetBytes("%PDF-1"), "referralletter.pdf", "application/pdf", ubrn);
        Assert.Equal(201, (int)uploaded.StatusCode);
        var letters = ErsSteps.Letters(uploaded.Headers.Location!.ToString()["Binary/".Length..]);
        letters.Named("referralLetterFile")["resource"]!["description"] = "referralletter pdf";
        using var attached = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", letters, 1);
        await attached.ResourceAsync(200);
        await _app.DrainAsync();
    }

    private static JsonObject WithoutAttachedOnBehalfOf(JsonObject referral)
    {
        var document = referral["contained"]!.AsArray().Single(one => (string)one!["resourceType"]! == "DocumentReference")!;
        var extensions = document["content"]![0]!["attachment"]!["extension"]!.AsArray();
        extensions.Remove(extensions.Single(extension => ((string)extension!["url"]!).EndsWith("AttachedOnBehalfOf-1", StringComparison.Ordinal)));
        return referral;
    }

    private async Task<JsonObject> ActionsAsync(string ubrn, int version)
    {
        using var response = await _app.ReadAsync(
            Sample.ReferringClinician, $"{ErsSteps.Stu3}Task?focus=ReferralRequest/{ubrn}/_history/{version}&intent=proposal&status=ready");
        return await response.ResourceAsync(200);
    }

    private async Task<JsonObject> CreatedAsync(JsonObject request)
    {
        // The published start is years ago.
        var start = DateTimeOffset.UtcNow.AddDays(-3).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var dated = request["parameter"]!.AsArray().SingleOrDefault(parameter => (string)parameter!["name"]! == "eReferralPathwayStart");
        if (dated is not null) dated["valueInstant"] = start;
        using var response = await _app.FhirAsync(Sample.ReferringClinician, HttpMethod.Post, ErsSteps.Stu3 + "ReferralRequest/$ers.createReferral", request);
        return await response.ResourceAsync(201);
    }

    private static JsonObject? Example(string path) =>
        File.Exists(Path.Combine(Folder, path)) ? JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, path)))!.AsObject() : null;

    private static void AssertEqual(JsonObject published, JsonObject ours, params (string Published, string Ours)[] names)
    {
        var expected = names.Aggregate(Lines(published), (lines, name) => lines.Replace(name.Published, name.Ours, StringComparison.Ordinal));
        Assert.Equal(expected, Lines(ours));
    }

    // Every path of the example with its fixed values occurs in ours.
    private static void AssertShape(JsonObject published, JsonObject ours, params string[] except)
    {
        var missing = Shape(published).Except(Shape(ours)).Where(line => !except.Any(word => line.Contains(word, StringComparison.Ordinal))).ToArray();
        Assert.True(missing.Length == 0, string.Join('\n', missing));
    }

    private static string Lines(JsonObject resource) => string.Join('\n', Flattened(Normalised(resource)!, "").Order(StringComparer.Ordinal));

    private static IEnumerable<string> Shape(JsonObject resource) => Flattened(Normalised(resource)!, "")
        .Select(line => line.Split(" = ", 2))
        .Select(pair => IsFixed(pair[0]) ? string.Join(" = ", pair) : pair[0]).Distinct();

    private static bool IsFixed(string path) => path.EndsWith("/url", StringComparison.Ordinal) || path.EndsWith("/system", StringComparison.Ordinal)
        || path.EndsWith("/resourceType", StringComparison.Ordinal) || path.EndsWith("/profile", StringComparison.Ordinal)
            || path.EndsWith("/intent", StringComparison.Ordinal);

    // Members of arrays are told apart by their kind, not by their position.
    private static IEnumerable<string> Flattened(JsonNode node, string path) => node switch
    {
        JsonObject members => members.Where(member => member.Value is not null).SelectMany(member => Flattened(member.Value!, $"{path}/{member.Key}")),
        JsonArray { Count: 0 } => [$"{path} = []"],
        JsonArray items => items.SelectMany(item => Flattened(item!, $"{path}{KeyOf(item!)}")),
        _ => [$"{path} = {node}"],
    };

    private static string KeyOf(JsonNode item)
    {
        var kind = item is JsonObject members ? members["url"] ?? members["resourceType"] ?? members["name"] ?? (members["concept"] is null
            ? members["code"] : null) : null;
        return kind is JsonValue value ? $"({value})" : "";
    }

    private static JsonNode? Normalised(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Where(member => !IsProvisioning(member.Value)).Select(member =>
            KeyValuePair.Create(member.Key, member.Key is "versionId" ? (JsonNode?)"n" : member.Key is "id" && members["code"] is null ? "id"
                : Normalised(member.Value)))),
        JsonArray items => new JsonArray([.. items.Where(item => !IsProvisioning(item)).Select(Normalised)]),
        JsonValue value when value.TryGetValue<string>(out var text) => Plain(text),
        _ => node?.DeepClone(),
    };

    // Whether it is shown differs between the published examples.
    private static bool IsProvisioning(JsonNode? node) => node is JsonObject members && (string?)members["name"]?.ToString() == "commissioningProvisioning";

    private static string Plain(string text)
    {
        text = Base().Replace(text, "BASE/STU3");
        text = Instants().Replace(text, "instant");
        text = Days().Replace(text, "date");
        text = Uuids().Replace(text, "uuid");
        text = Documents().Replace(text, "DocumentReference-n");
        text = History().Replace(text, "/_history/v");
        text = Ubrns().Replace(text, "ubrn");
        return Appointments().Replace(text, "Appointment/id");
    }

    [GeneratedRegex(@"^(https?://[^/]+/referrals/FHIR|_base[uU]rl_)/STU3")]
    private static partial Regex Base();

    [GeneratedRegex(@"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|\+00:00)")]
    private static partial Regex Instants();

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    private static partial Regex Days();

    [GeneratedRegex(@"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uuids();

    [GeneratedRegex(@"DocumentReference-[0-9]+")]
    private static partial Regex Documents();

    [GeneratedRegex(@"/_history/[0-9]+")]
    private static partial Regex History();

    [GeneratedRegex(@"\b[0-9]{12}\b(?=$|/)(?<=ReferralRequest/[0-9]{12})")]
    private static partial Regex Ubrns();

    [GeneratedRegex(@"Appointment/[0-9]+")]
    private static partial Regex Appointments();
}
