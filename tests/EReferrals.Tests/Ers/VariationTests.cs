using System.Text.Json.Nodes;
using EReferrals.Tests.Slots;

namespace EReferrals.Tests.Ers;

/// <summary>What the contract allows a request to contain beyond the shortest form. Each variation is accepted, and what it says is kept.</summary>
[Collection(Journey.Name)]
public class VariationTests(SharedApp shared)
{
    private const string Clinician = "021600556514";
    private const string Snomed = "http://snomed.info/sct";

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task A_shortlist_may_have_twenty_services_of_both_kinds()
    {
        var services = new List<string>();
        for (var number = 0; number < 20; number++) services.Add(await _app.ServiceAsync(number % 2 == 0 ? Sample.Provider : "RCD"));

        var created = await _app.CreatedAsync([.. services]);

        Assert.Equal(services, created.Contained("shortlist")!["entry"]!.AsArray().Select(entry => (string)entry!["item"]!["identifier"]!["value"]!));
    }

    [Fact]
    public async Task All_search_criteria_may_be_combined_and_come_back_except_the_organisation()
    {
        var criteria = ErsSteps.Criteria("URGENT");
        foreach (var more in new[]
        {
            ErsSteps.Parameter("indicativeAppointmentWaitTimeLimit", "valueUnsignedInt", 60),
            ErsSteps.Parameter("postcode", "valueString", "LS1 2TW"),
            ErsSteps.Parameter("distanceLimit", "valueUnsignedInt", 123),
            ErsSteps.Parameter("clinicalTerm", "valueCoding", new JsonObject { ["system"] = Snomed, ["code"] = "1003" }),
            ErsSteps.Parameter("namedClinician", "valueIdentifier", ErsSteps.Identifier("http://fhir.nhs.net/Id/sds-user-id", Clinician)),
            ErsSteps.Parameter("commissioningProvisioning", "valueCoding", ErsSteps.Coding("eRS-CommissioningProvisioning-1", "ALL_SERVICES")),
            ErsSteps.Parameter(
                "organisation", "valueIdentifier", ErsSteps.Identifier("https://directory.spineservices.nhs.uk/STU3/Organization", Sample.Provider)),
        })
        {
            criteria["parameter"]!.AsArray().Add((JsonNode)more);
        }

        var names = (await CreatedAsync(criteria, "11000")).Contained("serviceSearchCriteria")!["parameter"]!.AsArray()
            .Select(parameter => (string)parameter!["name"]!).Where(name => name != "commissioningProvisioning");

        Assert.Equal(
            [
                "ageAndGenderAppropriate", "clinicType", "clinicalTerm", "distanceLimit", "indicativeAppointmentWaitTimeLimit", "namedClinician",
                "postcode", "priority", "specialty",
            ],
            names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Criteria_that_are_copied_from_NHS_e_RS_may_have_what_it_only_writes_whatever_it_says()
    {
        var criteria = ErsSteps.Criteria("ROUTINE");
        criteria["parameter"]!.AsArray().Add((JsonNode)ErsSteps.Parameter(
            "commissioningProvisioning", "valueCoding", new JsonObject { ["system"] = "https://elsewhere.example/Provisioning", ["code"] = "EVERYTHING" }));
        criteria["parameter"]!.AsArray().Add((JsonNode)ErsSteps.Parameter("place", "valueString", "Leeds"));

        var written = (await CreatedAsync(criteria, "11000")).Contained("serviceSearchCriteria")!.AsObject();

        Assert.Equal("ALL_AVAILABLE_FOR_BOOKING", (string)written.Named("commissioningProvisioning")["valueCoding"]!["code"]!);
        Assert.DoesNotContain(written["parameter"]!.AsArray(), parameter => (string)parameter!["name"]! == "place");
    }

    [Fact]
    public async Task A_reference_may_have_the_base_that_this_server_writes_in_its_bundles_and_no_other()
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot("only", priority: "ROUTINE"));
        var created = await _app.CreatedAsync(service);
        using var found = await _app.FindSlotsAsync(BookingSteps.SearchOf(service));
        var entry = (await found.ResourceAsync(200))["entry"]![0]!;
        var slot = (string)entry["fullUrl"]!;
        var own = slot[..slot.IndexOf("Slot/", StringComparison.Ordinal)];
        var letters = ErsSteps.Letters(await _app.ErsUploadAsync(Sample.ReferringClinician, created.IdOf()));
        var letter = letters.Named("referralLetterFile")["resource"]!["content"]![0]!["attachment"]!;
        letter["url"] = own + (string)letter["url"]!;

        using var added = await _app.OperateAsync(Sample.ReferringClinician, created.IdOf(), "maintainReferralLetter", letters, 1);
        var referral = await added.ResourceAsync(200);
        var version = $"ReferralRequest/{referral.IdOf()}/_history/2";
        using var actions = await _app.ReadAsync(
            Sample.ReferringClinician, $"{ErsSteps.Stu3}Task?focus={Uri.EscapeDataString(own + version)}&intent=proposal&status=ready");
        Assert.NotEmpty((await actions.ResourceAsync(200))["entry"]!.AsArray());
        var body = BookingSteps.Booking(referral, service, entry["resource"]!.AsObject());
        foreach (var (start, status) in new[] { ("https://elsewhere.example/referrals/FHIR/STU3/", 422), (own, 201) })
        {
            (body["slot"]![0]!["reference"], body["incomingReferral"]![0]!["reference"]) = (start + "Slot/only", start + version);
            using var booked = await _app.ErsBookAsync(body);
            await booked.ResourceAsync(status);
        }
    }

    [Theory]
    [InlineData("clinicalTerm")]
    [InlineData("namedClinician")]
    [InlineData("organisation")]
    public async Task A_search_may_be_driven_by_one_criterion_without_a_specialty(string criterion)
    {
        var criteria = ErsSteps.Criteria("ROUTINE");
        criteria.Drop("specialty");
        criteria.Drop("clinicType");
        criteria["parameter"]!.AsArray().Add((JsonNode)(criterion switch
        {
            "clinicalTerm" => ErsSteps.Parameter(criterion, "valueCoding", new JsonObject { ["system"] = Snomed, ["code"] = "1003" }),
            "namedClinician" => ErsSteps.Parameter(criterion, "valueIdentifier", ErsSteps.Identifier("http://fhir.nhs.net/Id/sds-user-id", Clinician)),
            _ => ErsSteps.Parameter(
                criterion, "valueIdentifier", ErsSteps.Identifier("https://directory.spineservices.nhs.uk/STU3/Organization", Sample.Provider)),
        }));

        Assert.Equal("NOT_BOOKED", (await CreatedAsync(criteria, "11000", "15000")).StateOf());
    }

    [Fact]
    public async Task A_shortlist_of_twenty_services_shows_the_name_of_each_in_their_order()
    {
        var services = Enumerable.Range(0, 20).Select(at => (Id: $"{12_000 + at}", Name: $"Good Cardiology Business Service {at + 1}")).ToArray();

        var created = await _app.CreatedAsync([.. services.Select(service => service.Id)]);

        Assert.Equal(services, created.Contained("shortlist")!["entry"]!.AsArray()
            .Select(entry => ((string)entry!["item"]!["identifier"]!["value"]!, (string)entry["item"]!["display"]!)));
    }

    [Theory]
    [InlineData("booked", "LETTERS_OUTSTANDING", false)]
    [InlineData("deferred", "AWAITING_BOOKING", false)]
    [InlineData("deferred", "APPOINTMENT_SLOT_ISSUES", true)]
    [InlineData("triage", "REFERRALS_FOR_REVIEW", true)]
    public async Task A_referral_is_listed_under_the_specialty_of_the_service_of_its_shortlist_that_it_is_sent_to(string way, string list, bool isProviders)
    {
        var (heart, knee) = (await _app.ServiceAsync(Sample.Provider), await _app.ServiceAsync(Sample.Provider, specialty: "ORTHAPEDICS"));
        await _app.PublishAsync(Sample.Provider, knee, SlotSteps.Slot("only", priority: "ROUTINE"));
        var criteria = ErsSteps.Criteria("ROUTINE");
        criteria.Drop("specialty");
        criteria.Drop("clinicType");
        criteria["parameter"]!.AsArray().Add((JsonNode)ErsSteps.Parameter(
            "namedClinician", "valueIdentifier", ErsSteps.Identifier("http://fhir.nhs.net/Id/sds-user-id", Clinician)));
        var referral = await CreatedAsync(criteria, heart, knee);

        using var sent = await _app.ErsBookAsync(way switch
        {
            "booked" => BookingSteps.Booking(referral, knee, Assert.Single(await _app.FreeSlotsAsync(knee))),
            "deferred" => BookingSteps.Proposal(referral, knee, "BOOKING_ATTEMPT_PROBLEM"),
            _ => BookingSteps.Proposal(referral, knee, "TRIAGE"),
        });
        await sent.ResourceAsync(201);
        await _app.DrainAsync();

        Assert.Equal("ORTHAPEDICS", CodeIn((await _app.ErsReferralAsync(referral.IdOf()))["specialty"]!));
        var reader = isProviders ? Sample.ProviderClinician : Sample.ReferringClinician;
        JsonObject[] filters = isProviders
            ?
            [
                ErsSteps.Parameter("specialtyAssignedIndicator", "valueCodeableConcept", ErsSteps.Concept("eRS-AssignedIndicator-1", "ASSIGNED")),
                ErsSteps.Parameter(
                    "specialty", "valueCodeableConcept", new JsonObject { ["coding"] = new JsonArray(ErsSteps.Served("SPECIALTY", "ORTHAPEDICS")) }),
            ]
            : [];
        var entry = (await _app.ErsEntriesAsync(reader, list, filters))[referral.IdOf()];
        Assert.Equal("ORTHAPEDICS", isProviders ? CodeIn(entry["specialty"]["valueCodeableConcept"]!) : (string)entry["clinicalContext"]["valueString"]!);

        static string CodeIn(JsonNode concept) => (string)concept["coding"]![0]!["code"]!;
    }

    [Theory]
    [InlineData("NO_SLOTS_AT_SERVICE")]
    [InlineData("SLOT_NOT_AVAILABLE")]
    [InlineData("BOOKING_ATTEMPT_PROBLEM")]
    public async Task A_deferral_may_name_the_slot_and_the_clinician_for_any_reason(string reason)
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot("wanted", priority: "ROUTINE", clinician: Clinician));
        var slot = Assert.Single(await _app.FreeSlotsAsync(service));
        using var taken = await _app.ErsBookAsync(BookingSteps.Booking(await _app.CreatedAsync(service), service, slot, Clinician));
        await taken.ResourceAsync(201);
        var body = BookingSteps.Proposal(await _app.CreatedAsync(service), service, reason, "As agreed", "wanted", Clinician);
        // NHS e-RS writes the type of a participant as an array or as one object.
        body["participant"]![2]!["type"] = new JsonArray(Consultant());
        (body["start"], body["end"]) = ((string)slot["start"]!, (string)slot["end"]!);
        foreach (var participant in body["participant"]!.AsArray()) participant!["actor"]!["identifier"]!["use"] = "official";

        using var response = await _app.ErsBookAsync(body);

        var appointment = await response.ResourceAsync(201);
        Assert.Equal(("proposed", "As agreed", false), ((string)appointment["status"]!, (string)appointment["comment"]!, appointment.ContainsKey("start")));
        Assert.Null(appointment["slot"]);
        Assert.Equal(Clinician, (string)appointment["participant"]![2]!["actor"]!["identifier"]!["value"]!);
    }

    [Fact]
    public async Task A_slot_that_was_withdrawn_is_a_reason_to_defer()
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        var referral = await _app.CreatedAsync(service);

        using var response = await _app.ErsBookAsync(BookingSteps.Proposal(referral, service, "SLOT_NOT_AVAILABLE", slot: "withdrawn"));

        await response.ResourceAsync(201);
    }

    [Fact]
    public async Task A_booking_may_describe_the_participant_as_a_consultant_in_either_form()
    {
        foreach (var type in new JsonNode[] { Consultant(), new JsonArray(Consultant()) })
        {
            var service = await _app.ServiceAsync(Sample.Provider);
            await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot("only", priority: "ROUTINE", clinician: Clinician));
            var body = BookingSteps.Booking(
                await _app.CreatedAsync(service), service, Assert.Single(await _app.FreeSlotsAsync(service)), Clinician);
            body["participant"]![2]!["type"] = type;

            using var response = await _app.ErsBookAsync(body);

            await response.ResourceAsync(201);
        }
    }

    private async Task<JsonObject> CreatedAsync(JsonObject criteria, params string[] services)
    {
        var body = ErsSteps.Creation(services);
        body.Named("shortlist")["resource"]!["contained"] = new JsonArray(criteria);
        using var response = await _app.PostCreationAsync(body);
        return await response.ResourceAsync(201);
    }

    private static JsonObject Consultant() => new()
    {
        ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://hl7.org/fhir/ValueSet/encounter-participant-type", ["code"] = "CON" }),
    };
}
