using System.Globalization;
using System.Text.Json.Nodes;
using EReferrals.Messaging;
using EReferrals.Referrals.Organisations;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Slots;

namespace EReferrals.Tests.Ers;

/// <summary>
/// Compares with the published examples of NHS e-RS, which stand beside the checkout and not in it. Without them, the tests have nothing to compare.
/// </summary>
[Collection(Journey.Name)]
public class PublishedExampleTests(SharedApp shared)
{
    private static readonly string Folder = Path.Combine(Repository.Root, "..", "shared", "examples", "ers", "stu3");

    private const string PublishedPatient = "9912003888";
    private const string Consultant = "921600556514";
    private const string Clinician = "021600556514";

    private static readonly (string, string) Practice = ("R69", Sample.ReferringOrganisation);

    private readonly RunningApp _app = shared.App;

    [Theory]
    [InlineData("AppointmentCancellationReasonCodeSystem", "APPOINTMENT-CANCELLATION-REASON")]
    [InlineData("PriorityCodeSystem", "PRIORITY")]
    [InlineData("ReferralCancellationReasonCodeSystem", "REFERRAL-CANCELLATION-REASON")]
    public async Task A_code_system_equals_the_published_one(string file, string type)
    {
        if (Example($"getCodeSystem/responses/{file}.json") is not { } published) return;
        using var response = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}CodeSystem/{type}");

        FhirTree.AssertEqual(published, await response.ResourceAsync(200));
    }

    [Fact]
    public async Task A_created_referral_equals_the_published_one()
    {
        if (Example("createReferral/requests/MinimalRequest.json") is not { } request) return;
        var created = await CreatedAsync(request);

        FhirTree.AssertEqual(Example("createReferral/responses/ReferralRequest.json")!, created, Practice);
    }

    [Fact]
    public async Task A_referral_with_a_letter_equals_the_published_one()
    {
        if (Example("maintainReferralLetter/requests/SingleDocumentReference.json") is not { } request) return;
        var published = Example("maintainReferralLetter/responses/ReferralRequestWithSingleDocumentReference.json")!;
        var ubrn = (await CreatedAsync(CreationOf(published, clinician: null, "11002"))).IdOf();
        request.Named("referralLetterFile")["resource"]!["content"]![0]!["attachment"]!["url"] =
            await UploadedAsync(Sample.ReferringClinician, ubrn, FileOf(published));
        await _app.DrainAsync();

        using var response = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", request, 1);

        FhirTree.AssertEqual(published, await response.ResourceAsync(200), Practice);
    }

    [Fact]
    public async Task A_cancelled_referral_equals_the_published_one()
    {
        if (Example("cancelReferral/requests/IntendPrivateWithoutComment.json") is not { } request) return;
        var published = Example("cancelReferral/responses/CancelledReferralIntendPrivateWithoutComment.json")!;
        var referral = published.Named("updatedReferralRequest")["resource"]!.AsObject();
        var ubrn = (await CreatedAsync(CreationOf(referral, clinician: null, "11004"))).IdOf();

        using var response = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "cancelReferral", request, 1);

        FhirTree.AssertEqual(published, await response.ResourceAsync(200), Practice);
    }

    [Fact]
    public async Task A_rejected_referral_equals_the_published_one()
    {
        if (Example("rejectReferral/requests/BasicExampleDbs.json") is not { } request) return;
        var published = Example("rejectReferral/responses/ExampleResponseDbs.json")!;
        var service = await _app.ServiceAsync(Sample.Provider, name: "Good Cardiology Business Service");
        var ubrn = await ReferredAsync(published, service);
        var version = await BookAsync(ubrn, Sample.Provider, service);

        using var response = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "rejectReferral", request, version);

        FhirTree.AssertEqual(published, await response.ResourceAsync(200), Practice, Service("11002", service));
    }

    [Fact]
    public async Task An_accepted_referral_equals_the_published_one()
    {
        if (Example("acceptReferral/responses/ExampleResponse.json") is not { } published) return;
        var service = await _app.ServiceAsync(Sample.Provider, name: "Good Cardiology Business Service");
        var ubrn = await ReferredAsync(published, "11000", service);
        var version = await BookAsync(ubrn, Sample.Provider, service);

        using var response = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "acceptReferral", null, version);

        FhirTree.AssertEqual(published, await response.ResourceAsync(200), Practice, Service("11002", service));
    }

    [Fact]
    public async Task A_deferred_referral_that_is_reviewed_equals_the_published_one()
    {
        if (Example("recordTriageOutcome/requests/AcceptReferBookLater.json") is not { } request) return;
        var published = Example("recordTriageOutcome/responses/AcceptReferBookLater.json")!;
        var service = await _app.ServiceAsync(Sample.Provider, name: "Excellent Cardiology Business Service");
        var ubrn = await ReferredAsync(published, service);
        var version = await ProposeAsync(ubrn, service, "NO_SLOTS_AT_SERVICE");

        using var response = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "recordReviewOutcome", request, version);

        FhirTree.AssertEqual(published, await response.ResourceAsync(200), Practice, Service("11010", service));
    }

    [Fact]
    public async Task The_referrals_for_review_equal_the_published_ones()
    {
        if (Example("retrieveWorklist/requests/MinimalReferralsForReview.json") is not { } request) return;
        const string provider = "E0001";
        var triage = await _app.ServiceAsync(provider, name: "Excellent Cardiology Business Service 12");
        var clinic = await _app.ServiceAsync(provider, name: "Another Excellent Cardiology Business Service 13");
        await ProposeAsync(await WithLettersAsync("9462979626", triage, "letter.txt"), triage, "TRIAGE");
        await BookAsync(await WithLettersAsync("1000000001", clinic, "letter.txt", "later.txt"), provider, clinic);
        await _app.DrainAsync();

        using var response = await _app.FetchListAsync(Sample.ProviderClinician.At(provider), request);

        FhirTree.AssertEqual(
            Example("retrieveWorklist/responses/ReferralsForReview.json")!, await response.ResourceAsync(200),
            Service("11012", triage), Service("21012", clinic));
    }

    [Fact]
    public async Task The_appointment_slot_issues_equal_the_published_ones()
    {
        if (Example("retrieveWorklist/requests/MinimalAppointmentSlotIssues.json") is not { } request) return;
        const string provider = "E0002";
        var one = await _app.ServiceAsync(provider, name: "Excellent Cardiology Business Service 13");
        var other = await _app.ServiceAsync(provider, name: "Excellent Cardiology Business Service 10");
        foreach (var service in new[] { one, other })
        {
            await ProposeAsync(await WithLettersAsync("1000000001", service, "letter.txt"), service, "NO_SLOTS_AT_SERVICE");
        }

        await _app.DrainAsync();

        using var response = await _app.FetchListAsync(Sample.ProviderClinician.At(provider), request);

        FhirTree.AssertEqual(
            Example("retrieveWorklist/responses/AppointmentSlotIssues.json")!, await response.ResourceAsync(200),
            Service("11013", one), Service("11010", other));
    }

    [Fact]
    public async Task The_referrals_that_await_booking_equal_the_published_ones()
    {
        if (Example("retrieveWorklist/requests/MinimalAwaitingBooking.json") is not { } request) return;
        var practice = Sample.ReferringClinician.At("E0003");
        var service = await _app.ServiceAsync(Sample.Provider, specialty: "ORTHAPEDICS");
        var creation = ErsSteps.Creation(service);
        creation.Named("shortlist")["resource"]!["contained"] = new JsonArray(ErsSteps.Criteria("ROUTINE", "ORTHAPEDICS", "KNEE"));
        creation.Named("patient")["valueIdentifier"]!["value"] = "9462979626";
        await CreatedAsync(creation, practice);
        var ubrn = (await CreatedAsync(creation, practice)).IdOf();
        var version = await BookAsync(ubrn, Sample.Provider, service, practice);
        // The operation of e-RS that cancels an appointment, A034, is not served.
        using var cancelled = await _app.CommandAsync(
            practice, ubrn, "appointment/cancel", new JsonObject { ["reason"] = "PATIENT_HOLIDAY" }, version);
        Assert.Equal(200, (int)cancelled.StatusCode);
        await _app.DrainAsync();

        using var response = await _app.FetchListAsync(practice, request);

        FhirTree.AssertEqual(Example("retrieveWorklist/responses/AwaitingBooking.json")!, await response.ResourceAsync(200));
    }

    [Fact]
    public async Task The_refusal_of_an_unknown_parameter_equals_the_published_one()
    {
        if (Example("STU3-OperationOutcome.json") is not { } published) return;
        var creation = ErsSteps.Creation("11002");
        var shortlist = creation.Named("shortlist");
        creation.Drop("shortlist");
        creation["parameter"]!.AsArray().Insert(0, shortlist);
        var criteria = shortlist["resource"]!["contained"]![0]!["parameter"]!.AsArray();
        criteria.Insert(1, ErsSteps.Parameter("unknownParameter", "valueString", "x"));

        using var response = await _app.PostCreationAsync(creation);

        FhirTree.AssertEqual(published, await response.ResourceAsync(422));
    }

    [Fact]
    public async Task The_refusal_of_a_role_equals_the_published_one()
    {
        if (Example("STU3-Forbidden.json") is not { } published) return;
        using var response = await _app.OperateAsync(Sample.ReferringClinician, "000000012345", "acceptReferral", null, 1);

        var ours = await response.ResourceAsync(403);
        FhirTree.AssertEqual(published, ours, ("Example diagnostics message.", (string)ours["issue"]![0]!["diagnostics"]!));
    }

    [Fact]
    public async Task The_answer_of_a_system_that_is_unavailable_equals_the_published_one()
    {
        if (Example("STU3-ServiceUnavailable.json") is not { } published) return;
        _app.Local.Broker.Faults.RefuseSends(Queues.ReferralFollowUp);
        using var response = await _app.PostCreationAsync(ErsSteps.Creation("11002"));
        _app.Local.Broker.Faults.Clear();

        FhirTree.AssertEqual(published, await response.ResourceAsync(503));
        Assert.True(response.Headers.RetryAfter!.Delta > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_search_that_finds_slots_equals_the_published_one()
    {
        if (Example("retrieveAppointmentSlots/responses/Minimum.json") is not { } published) return;
        var service = await _app.ServiceAsync(Sample.Provider);
        foreach (var hour in new[] { 1, 3, 4 })
        {
            await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot($"1200000{hour}", minute: 60 * hour, priority: "ROUTINE", clinician: Consultant));
        }

        using var response = await _app.FindSlotsAsync(PublishedSearch(service));

        FhirTree.AssertEqual(published, await response.ResourceAsync(200), ("/12000-", $"/{service}-"), ("=12000&", $"={service}&"),
            ("/value = 12000", $"/value = {service}"));
    }

    [Fact]
    public async Task A_search_that_finds_no_slots_equals_the_published_one()
    {
        if (Example("retrieveAppointmentSlots/responses/NoSlots.json") is not { } published) return;
        using var response = await _app.FindSlotsAsync(PublishedSearch("10000"));

        FhirTree.AssertEqual(published, await response.ResourceAsync(200));
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

        FhirTree.AssertEqual(
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

        FhirTree.AssertEqual(
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

        FhirTree.AssertEqual(published, await ActionsAsync(ubrn, version));
    }

    [Fact]
    public async Task The_actions_on_a_new_referral_have_the_published_one()
    {
        if (Example("availableActionsForUserList/WithCreateAppointment.json") is not { } published) return;

        var actions = await ActionsAsync((await _app.CreatedAsync("11002")).IdOf(), 1);

        // The table of the contract has more actions for a new referral than this example.
        actions["entry"] = new JsonArray([.. actions["entry"]!.AsArray()
            .Where(entry => (string)entry!["resource"]!["code"]!["coding"]![0]!["code"]! == "CREATE_APPOINTMENT").Select(entry => entry!.DeepClone())]);
        FhirTree.AssertEqual(published, actions);
    }

    [Fact]
    public async Task A_referral_that_is_not_booked_equals_the_published_one_when_it_is_read()
    {
        if (Example("retrieveReferralRequest/responses/Unbooked.json") is not { } published) return;
        var ubrn = await ReferredAsync(published, "11002");

        FhirTree.AssertEqual(published, await _app.ErsReferralAsync(ubrn), Practice);
    }

    [Fact]
    public async Task A_booked_referral_equals_the_published_one_when_it_is_read()
    {
        if (Example("retrieveReferralRequest/responses/BookedDBS.json") is not { } published) return;
        var service = await _app.ServiceAsync(Sample.Provider, name: "Good Cardiology Business Service");
        var ubrn = await ReferredAsync(published, service);
        await BookAsync(ubrn, Sample.Provider, service);

        FhirTree.AssertEqual(published, await _app.ErsReferralAsync(ubrn), Practice, Service("11002", service));
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

    private static (string, string) Service(string published, string ours) => ("/value = " + published, "/value = " + ours);

    private static JsonObject DocumentOf(JsonObject referral) =>
        referral["contained"]!.AsArray().Single(one => (string)one!["resourceType"]! == "DocumentReference")!.AsObject();

    private static JsonNode FileOf(JsonObject referral) => DocumentOf(referral)["content"]![0]!["attachment"]!;

    // The request behind a published referral, for services of ours.
    private static JsonObject CreationOf(JsonObject published, string? clinician, params string[] services)
    {
        var creation = ErsSteps.Creation(services);
        creation.Named("patient")["valueIdentifier"]!["value"] = BookingSteps.PatientOf(published);
        var criteria = creation.Named("shortlist")["resource"]!["contained"]![0]!;
        criteria["parameter"] = published.Contained("serviceSearchCriteria")!["parameter"]!.DeepClone();
        if (clinician is not null)
        {
            var referrer = ErsSteps.Identifier("http://fhir.nhs.net/Id/sds-user-id", clinician);
            creation["parameter"]!.AsArray().Add(ErsSteps.Parameter("referringClinician", "valueIdentifier", referrer));
        }

        return creation;
    }

    // Refers the published patient and attaches the published file, as the user and in the role that the file shows.
    private async Task<string> ReferredAsync(JsonObject published, params string[] services)
    {
        var file = FileOf(published);
        var clinician = UserOf(file, "AttachedOnBehalfOf");
        var role = clinician is null ? Role.ReferringClinician : Role.ReferringClinicianAdmin;
        var referrer = new Actor(UserOf(file, "AttachedBy")!, Sample.ReferringOrganisation, role);
        var ubrn = (await CreatedAsync(CreationOf(published, clinician, services), referrer)).IdOf();
        var letters = ErsSteps.Letters((await UploadedAsync(referrer, ubrn, file))["Binary/".Length..]);
        letters.Named("referralLetterFile")["resource"]!["description"] = DocumentOf(published)["description"]!.DeepClone();
        using var attached = await _app.OperateAsync(referrer, ubrn, "maintainReferralLetter", letters, 1);
        await attached.ResourceAsync(200);
        await _app.DrainAsync();
        return ubrn;
    }

    private static string? UserOf(JsonNode file, string extension) =>
        (string?)file.Extension($"Extension-eRS-{extension}-1")?["valueReference"]!["identifier"]!["value"];

    private async Task<string> UploadedAsync(Actor actor, string ubrn, JsonNode file)
    {
        var type = (string)file["contentType"]!;
        var bytes = new byte[(int)file["size"]!];
        (type == "image/png" ? [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A] : "%PDF-1"u8).CopyTo(bytes);
        using var uploaded = await _app.ErsPostFileAsync(actor, bytes, (string)file["title"]!, type, ubrn);
        Assert.Equal(201, (int)uploaded.StatusCode);
        return uploaded.Headers.Location!.ToString();
    }

    // Each file replaces the one before it.
    private async Task<string> WithLettersAsync(string patient, string service, params string[] files)
    {
        var creation = ErsSteps.Creation(service);
        creation.Named("patient")["valueIdentifier"]!["value"] = patient;
        var referral = await CreatedAsync(creation);
        foreach (var name in files)
        {
            var file = await _app.ErsUploadAsync(Sample.ReferringClinician, referral.IdOf(), name);
            using var attached = await _app.OperateAsync(
                Sample.ReferringClinician, referral.IdOf(), "maintainReferralLetter", ErsSteps.Letters(file), referral.VersionOf());
            referral = await attached.ResourceAsync(200);
        }

        return referral.IdOf();
    }

    // Returns the version of the referral after the booking.
    private async Task<int> BookAsync(string ubrn, string provider, string service, Actor? referrer = null)
    {
        await _app.PublishAsync(provider, service, SlotSteps.Slot("11002001", priority: "ROUTINE", clinician: Clinician));
        var slot = Assert.Single(await _app.FreeSlotsAsync(service));
        var body = BookingSteps.Booking(await _app.ErsReferralAsync(ubrn, referrer), service, slot, Clinician);
        using var booked = await _app.ErsBookAsync(body, actor: referrer);
        await booked.ResourceAsync(201);
        return (await _app.ErsReferralAsync(ubrn, referrer)).VersionOf();
    }

    private async Task<int> ProposeAsync(string ubrn, string service, string reason)
    {
        using var proposed = await _app.ErsBookAsync(BookingSteps.Proposal(await _app.ErsReferralAsync(ubrn), service, reason));
        await proposed.ResourceAsync(201);
        return (await _app.ErsReferralAsync(ubrn)).VersionOf();
    }

    private async Task<JsonObject> ActionsAsync(string ubrn, int version)
    {
        using var response = await _app.ReadAsync(
            Sample.ReferringClinician, $"{ErsSteps.Stu3}Task?focus=ReferralRequest/{ubrn}/_history/{version}&intent=proposal&status=ready");
        return await response.ResourceAsync(200);
    }

    private async Task<JsonObject> CreatedAsync(JsonObject request, Actor? referrer = null)
    {
        // The published start is years ago.
        var start = DateTimeOffset.UtcNow.AddDays(-3).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var dated = request["parameter"]!.AsArray().SingleOrDefault(parameter => (string)parameter!["name"]! == "eReferralPathwayStart");
        if (dated is not null) dated["valueInstant"] = start;
        using var response = await _app.PostCreationAsync(request, referrer);
        return await response.ResourceAsync(201);
    }

    private static JsonObject? Example(string path) =>
        File.Exists(Path.Combine(Folder, path)) ? JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, path)))!.AsObject() : null;
}
