using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Slots;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Slots;

namespace EReferrals.Tests.Ers;

/// <summary>What a client of NHS e-RS does and the first version of this API refused, lost or answered wrongly.</summary>
[Collection(Journey.Name)]
public class ReviewTests(SharedApp shared)
{
    private const string Consultant = "921600556514";

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task A_booked_referral_owes_its_letter_also_after_it_was_accepted()
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot("only", priority: "ROUTINE"));
        var referral = await _app.CreatedAsync(service);
        using var booked = await _app.ErsBookAsync(BookingSteps.Booking(referral, service, Assert.Single(await _app.FreeSlotsAsync(service))));
        await booked.ResourceAsync(201);

        using var accepted = await _app.OperateAsync(Sample.ProviderClinician, referral.IdOf(), "acceptReferral", null, 2);

        await accepted.ResourceAsync(200);
        await _app.DrainAsync();
        Assert.Contains(referral.IdOf(), await _app.ErsListAsync(Sample.ReferringClinician, "LETTERS_OUTSTANDING"));
    }

    [Fact]
    public async Task The_comment_of_a_booking_is_kept_with_the_appointment_and_is_not_the_reason_of_a_state()
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot("only", priority: "ROUTINE"));
        var referral = await _app.CreatedAsync(service);
        var body = BookingSteps.Booking(referral, service, Assert.Single(await _app.FreeSlotsAsync(service)));
        body["comment"] = "Needs a ramp";

        using var booked = await _app.ErsBookAsync(body);

        var appointment = await booked.ResourceAsync(201);
        Assert.Equal("Needs a ramp", (string)appointment["comment"]!);
        using var read = await _app.ReadAsync(Sample.ProviderClinician, $"{ErsSteps.Stu3}Appointment/{appointment.IdOf()}");
        Assert.Equal("Needs a ramp", (string)(await read.ResourceAsync(200))["comment"]!);
        var kept = await _app.ErsReferralAsync(referral.IdOf());
        Assert.Equal("Needs a ramp", (string)kept.Contained("appointment")!["comment"]!);
        Assert.Equal(["state"], kept.Extension("Extension-eRS-ReferralState-1")!["extension"]!.AsArray().Select(part => (string)part!["url"]!));
    }

    [Fact]
    public async Task Slots_that_a_referrer_cannot_book_do_not_keep_a_referral_from_its_provider()
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot("only", priority: "ROUTINE"));
        var indirect = JourneySteps.TriageService(Sample.Provider);
        (indirect["requestTypes"], indirect["bookable"]) = (new JsonArray("APPOINTMENT_REQUEST", "TRIAGE_REQUEST"), "INDIRECTLY_BOOKABLE");
        using var changed = await _app.SendAsync(
            new Actor("000000000101", Sample.Provider, Role.ServiceDefiner), HttpMethod.Put, $"/v1/services/{service}", indirect, ("If-Match", "W/\"1\""));
        Assert.Equal(200, (int)changed.StatusCode);
        var referral = await _app.CreatedAsync(service);

        using var deferred = await _app.ErsBookAsync(BookingSteps.Proposal(referral, service, "NO_SLOTS_AT_SERVICE"));

        await deferred.ResourceAsync(201);
    }

    [Fact]
    public async Task A_service_that_only_triages_is_not_asked_for_an_appointment()
    {
        var referral = await _app.CreatedAsync("50001");

        using var deferred = await _app.ErsBookAsync(BookingSteps.Proposal(referral, "50001", "NO_SLOTS_AT_SERVICE"));

        await deferred.AssertCodesAsync(422, "INAPPROPRIATE_VALUE");
    }

    [Fact]
    public async Task A_slot_of_another_service_or_priority_is_an_inappropriate_slot_whoever_chose_its_id()
    {
        var (here, elsewhere) = (await _app.ServiceAsync(Sample.Provider), await _app.ServiceAsync(Sample.Provider));
        await _app.PublishAsync(Sample.Provider, elsewhere, SlotSteps.Slot("theirs", priority: "ROUTINE"));
        await _app.PublishAsync(Sample.Provider, here, SlotSteps.Slot("urgent"));
        var referral = await _app.CreatedAsync(here, elsewhere);
        var slot = Assert.Single(await _app.FreeSlotsAsync(elsewhere));

        using var booked = await _app.ErsBookAsync(BookingSteps.Booking(referral, here, slot));
        await booked.AssertCodesAsync(422, "INAPPROPRIATE_SLOT");
        foreach (var named in new[] { "urgent", "theirs" })
        {
            using var deferred = await _app.ErsBookAsync(BookingSteps.Proposal(referral, here, "SLOT_NOT_AVAILABLE", slot: named));
            await deferred.AssertCodesAsync(422, "INAPPROPRIATE_SLOT");
        }
    }

    [Theory]
    [InlineData("application/fhir+json; fhirVersion=3.0")]
    [InlineData("application/fhir+json;version=1, text/html;q=0.1")]
    public async Task A_client_that_names_the_version_of_FHIR_in_Accept_is_served(string accept)
    {
        using var response = await _app.ReadAsync(Sample.ReferringClinician, ErsSteps.Stu3 + "CodeSystem/PRIORITY", ("Accept", accept));

        await response.ResourceAsync(200);
    }

    [Theory]
    [InlineData("/referrals/FHIR/STU3/ReferralRequest/%2524ers.createReferral")]
    [InlineData("/v1/referral%2573")]
    public async Task An_address_that_is_encoded_twice_does_not_exist(string path)
    {
        using var response = await _app.PostAsync(Sample.ReferringClinician, path, new JsonObject());

        Assert.Equal(404, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_list_filtered_by_clinician_has_the_referrals_that_name_the_clinician()
    {
        var creation = ErsSteps.Creation("11021");
        creation.Named("shortlist")["resource"]!["contained"]![0]!["parameter"]!.AsArray().Add(ErsSteps.Parameter(
            "namedClinician", "valueIdentifier", ErsSteps.Identifier("http://fhir.nhs.net/Id/sds-user-id", Consultant)));
        using var created = await _app.PostCreationAsync(creation);
        var referral = await created.ResourceAsync(201);
        using var deferred = await _app.ErsBookAsync(BookingSteps.Proposal(referral, "11021", "NO_SLOTS_AT_SERVICE"));
        await deferred.ResourceAsync(201);
        await _app.DrainAsync();

        var assigned = await _app.ErsListAsync(
            Sample.ProviderClinician,
            "APPOINTMENT_SLOT_ISSUES",
            Indicator("ASSIGNED"),
            ErsSteps.Parameter("clinician", "valueIdentifier", ErsSteps.Identifier("http://fhir.nhs.net/Id/sds-user-id", Consultant)));
        var others = await _app.ErsListAsync(Sample.ProviderClinician, "APPOINTMENT_SLOT_ISSUES", Indicator("NOT_ASSIGNED"));

        Assert.Contains(referral.IdOf(), assigned);
        Assert.DoesNotContain(referral.IdOf(), others);

        static JsonObject Indicator(string code) =>
            ErsSteps.Parameter("clinicianAssignedIndicator", "valueCodeableConcept", ErsSteps.Concept("eRS-AssignedIndicator-1", code));
    }

    [Fact]
    public async Task The_provider_may_name_its_file_like_a_letter_of_the_referrer()
    {
        var referral = await _app.CreatedAsync("50001");
        var letter = await _app.ErsUploadAsync(Sample.ReferringClinician, referral.IdOf());
        using var added = await _app.OperateAsync(Sample.ReferringClinician, referral.IdOf(), "maintainReferralLetter", ErsSteps.Letters(letter), 1);
        using var sent = await _app.ErsBookAsync(BookingSteps.Proposal(await added.ResourceAsync(200), "50001", "TRIAGE"));
        await sent.ResourceAsync(201);
        var file = await _app.ErsUploadAsync(Sample.ProviderClinician, referral.IdOf(), "LETTER.txt");

        using var reviewed = await _app.OperateAsync(
            Sample.ProviderClinician, referral.IdOf(), "recordReviewOutcome", ErsSteps.Review("ACCEPT_REFER_BOOK_LATER", files: file), 3);

        await reviewed.ResourceAsync(200);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("-")]
    public void The_id_of_a_slot_can_be_written_in_an_address(string id) => Assert.False(SlotName.IsId(id));
}
