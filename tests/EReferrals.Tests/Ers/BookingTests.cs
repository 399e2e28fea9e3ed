using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Slots;

namespace EReferrals.Tests.Ers;

/// <summary>A015, A016 and A031: every result, and every error code one test each.</summary>
[Collection(Journey.Name)]
public class BookingTests(SharedApp shared)
{
    private const string Clinician = "921600556514";

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task Slots_come_in_pages_with_their_schedules_and_links_to_the_pages_beside()
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        var slots = Enumerable.Range(0, 5).Select(slot => SlotSteps.Slot($"p{slot}", minute: 20 * slot, priority: "ROUTINE")).ToArray();
        slots[4]["clinician"] = Clinician;
        await _app.PublishAsync(Sample.Provider, service, [.. slots, SlotSteps.Slot("urgent")]);

        var pages = new List<JsonObject>();
        for (var page = 1; page <= 3; page++)
        {
            using var response = await _app.FindSlotsAsync(BookingSteps.SearchOf(service, count: 2, page: page));
            pages.Add(await response.ResourceAsync(200));
        }

        Assert.Equal(["p0", "p1", "p2", "p3", "p4"], pages.SelectMany(page => BookingSteps.ResourcesOf(page, "Slot")).Select(slot => slot.IdOf()));
        Assert.All(pages, page => Assert.Equal(5, (int)page["total"]!));
        Assert.Equal(["next self", "next previous self", "previous self"], pages.Select(page => string.Join(' ', Relations(page).Order())));
        using var followed = await _app.FindSlotsAsync(LinkOf(pages[0], "next"));
        Assert.Equal(["p2", "p3"], BookingSteps.ResourcesOf(await followed.ResourceAsync(200), "Slot").Select(slot => slot.IdOf()));
        Assert.Equal(
            [service, service, $"{service}-{Clinician}"],
            pages.Select(page => Assert.Single(BookingSteps.ResourcesOf(page, "Schedule")).IdOf()));
        using var ofClinician = await _app.FindSlotsAsync(BookingSteps.SearchOf(service) + $"&schedule.actor:Practitioner={Clinician}");
        Assert.Equal(["p4"], BookingSteps.ResourcesOf(await ofClinician.ResourceAsync(200), "Slot").Select(slot => slot.IdOf()));
    }

    [Fact]
    public async Task A_schedule_names_its_clinician_only_in_a_search_for_that_clinician()
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot("only", priority: "ROUTINE", clinician: Clinician));

        using var ofService = await _app.FindSlotsAsync(BookingSteps.SearchOf(service));
        using var ofClinician = await _app.FindSlotsAsync(BookingSteps.SearchOf(service) + $"&schedule.actor:Practitioner={Clinician}");

        Assert.Equal([service], await ActorsAsync(ofService));
        Assert.Equal([service, Clinician], await ActorsAsync(ofClinician));

        static async Task<IEnumerable<string>> ActorsAsync(HttpResponseMessage response)
        {
            var schedule = Assert.Single(BookingSteps.ResourcesOf(await response.ResourceAsync(200), "Schedule"));
            return schedule["actor"]!.AsArray().Select(actor => (string)actor!["identifier"]!["value"]!);
        }
    }

    [Fact]
    public async Task A015_refuses_each_wrong_value_with_its_code()
    {
        var free = BookingSteps.SearchOf("11021");
        foreach (var (query, code) in new[]
        {
            (free.Replace("appointmentType=ROUTINE", "appointmentType=SOON", StringComparison.Ordinal), "INVALID_CODE"),
            (free.Replace("&status=free", "", StringComparison.Ordinal), "MISSING_PARAMETER"),
            (free.Replace("_count=20", "_count=101", StringComparison.Ordinal), "INVALID_VALUE"),
            (free.Replace("page=1", "page=2", StringComparison.Ordinal), "INVALID_VALUE"),
            (free.Replace("11021", "99999999", StringComparison.Ordinal), "REFERENCE_NOT_FOUND"),
            (free.Replace("11021", "11016", StringComparison.Ordinal), "INVALID_STATE"),
        })
        {
            using var response = await _app.FindSlotsAsync(query);
            await response.AssertCodesAsync(400, code);
        }

        using var withoutHeader = await _app.ReadAsync(Sample.ReferringClinician, free);
        await withoutHeader.AssertCodesAsync(400, "MISSING_HEADER");
        using var empty = await _app.FindSlotsAsync(free);
        var bundle = await empty.ResourceAsync(200);
        Assert.Equal((0, 0), ((int)bundle["total"]!, bundle["entry"]!.AsArray().Count));
    }

    [Fact]
    public async Task A_booked_slot_is_the_appointment_of_the_referral_and_no_longer_offered()
    {
        var (service, referral, slot) = await WithSlotAsync();

        using var response = await _app.ErsBookAsync(BookingSteps.Booking(referral, service, slot));

        var appointment = await response.ResourceAsync(201);
        Assert.Equal(("W/\"0\"", "booked"), (response.Headers.ETag!.ToString(), (string)appointment["status"]!));
        Assert.Equal($"ReferralRequest/{referral.IdOf()}/_history/2", (string)appointment["incomingReferral"]![0]!["reference"]!);
        Assert.Equal($"Slot/{slot.IdOf()}", (string)appointment["slot"]![0]!["reference"]!);
        Assert.Empty(await _app.FreeSlotsAsync(service));
        Assert.Equal("BOOKED", (await _app.ErsReferralAsync(referral.IdOf())).StateOf());
        using var read = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}Appointment/{appointment.IdOf()}");
        Assert.Equal(appointment.ToJsonString(), (await read.ResourceAsync(200)).ToJsonString());
    }

    [Fact]
    public async Task Of_two_clients_that_book_one_slot_exactly_one_wins_and_the_other_learns_that_it_is_gone()
    {
        var (service, first, slot) = await WithSlotAsync();
        var second = await _app.CreatedAsync(service);

        var answers = await Task.WhenAll(
            _app.ErsBookAsync(BookingSteps.Booking(first, service, slot)), _app.ErsBookAsync(BookingSteps.Booking(second, service, slot)));

        var lost = answers.Single(answer => (int)answer.StatusCode != 201);
        await lost.AssertCodesAsync(422, "SLOT_NOT_AVAILABLE");
        foreach (var answer in answers) answer.Dispose();
        var states = new[] { (await _app.ErsReferralAsync(first.IdOf())).StateOf(), (await _app.ErsReferralAsync(second.IdOf())).StateOf() };
        Assert.Equal(["BOOKED", "NOT_BOOKED"], states.Order());
    }

    [Fact]
    public async Task Of_two_bookings_of_one_version_exactly_one_wins()
    {
        var (service, referral, slot) = await WithSlotAsync();
        await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot("other", minute: 40, priority: "ROUTINE"));
        var other = (await _app.FreeSlotsAsync(service)).Single(free => free.IdOf() != slot.IdOf());

        var answers = await Task.WhenAll(new[] { slot, other }.Select(one => _app.ErsBookAsync(BookingSteps.Booking(referral, service, one))));

        Assert.Equal([201, 409], answers.Select(answer => (int)answer.StatusCode).Order());
        foreach (var answer in answers) answer.Dispose();
        Assert.Single(await _app.FreeSlotsAsync(service));
    }

    [Fact]
    public async Task A_booking_repeated_with_its_key_is_answered_like_the_first_and_without_it_as_stale()
    {
        var (service, referral, slot) = await WithSlotAsync();
        var (body, key) = (BookingSteps.Booking(referral, service, slot), Guid.NewGuid().ToString());

        using var first = await _app.ErsBookAsync(body, key);
        using var again = await _app.ErsBookAsync(body, key);
        using var without = await _app.ErsBookAsync(body);

        Assert.Equal((await first.ResourceAsync(201)).ToJsonString(), (await again.ResourceAsync(201)).ToJsonString());
        Assert.Equal(409, (int)without.StatusCode);
    }

    [Theory]
    [InlineData("NO_SLOTS_AT_SERVICE", "There are no slots")]
    [InlineData("BOOKING_ATTEMPT_PROBLEM", null)]
    public async Task A_deferral_leaves_the_booking_to_the_provider(string reason, string? comment)
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        var referral = await _app.CreatedAsync(service);

        using var response = await _app.ErsBookAsync(BookingSteps.Proposal(referral, service, reason, comment));

        var appointment = await response.ResourceAsync(201);
        Assert.Equal(("W/\"1\"", "proposed"), (response.Headers.ETag!.ToString(), (string)appointment["status"]!));
        Assert.Equal((reason, comment), ((string)appointment["reason"]![0]!["coding"]![0]!["code"]!, (string?)appointment["comment"]));
        Assert.Equal("DEFERRED_TO_PROVIDER", (await _app.ErsReferralAsync(referral.IdOf())).StateOf());
        await _app.DrainAsync();
        Assert.Contains(referral.IdOf(), await _app.ErsListAsync(Sample.ProviderClinician, "APPOINTMENT_SLOT_ISSUES"));
    }

    [Fact]
    public async Task A016_THIS_SLOT_IS_AVAILABLE_unless_the_slot_is_gone_which_is_a_reason_to_defer()
    {
        var (service, referral, slot) = await WithSlotAsync();
        using var early = await _app.ErsBookAsync(BookingSteps.Proposal(referral, service, "SLOT_NOT_AVAILABLE", slot: slot.IdOf()));
        await early.AssertCodesAsync(422, "THIS_SLOT_IS_AVAILABLE");
        using var taken = await _app.ErsBookAsync(BookingSteps.Booking(await _app.CreatedAsync(service), service, slot));
        await taken.ResourceAsync(201);

        using var deferred = await _app.ErsBookAsync(BookingSteps.Proposal(referral, service, "SLOT_NOT_AVAILABLE", slot: slot.IdOf()));

        Assert.Null((await deferred.ResourceAsync(201))["slot"]);
    }

    [Fact]
    public async Task A_referral_sent_for_triage_awaits_it()
    {
        var referral = await _app.CreatedAsync("50001");

        using var response = await _app.ErsBookAsync(BookingSteps.Proposal(referral, "50001", "TRIAGE"));

        await response.ResourceAsync(201);
        Assert.Equal("AWAITING_TRIAGE", (await _app.ErsReferralAsync(referral.IdOf())).StateOf());
        await _app.DrainAsync();
        var entry = (await _app.ErsEntriesAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"))[referral.IdOf()];
        Assert.Equal("TRIAGE_DEFERRAL", (string)entry["referralType"]["valueCodeableConcept"]!["coding"]![0]!["code"]!);
    }

    [Fact]
    public async Task A016_refuses_each_wrong_value_with_its_code()
    {
        var (service, referral, slot) = await WithSlotAsync();
        var elsewhere = await _app.ServiceAsync(Sample.Provider);
        await _app.PublishAsync(Sample.Provider, elsewhere, SlotSteps.Slot(null, priority: "ROUTINE"));
        await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot("urgent", minute: 60));
        var foreign = Assert.Single(await _app.FreeSlotsAsync(elsewhere));
        var urgent = slot.DeepClone().AsObject();
        urgent["id"] = "urgent";
        (urgent["start"], urgent["end"]) = (await UrgentAsync(service), await UrgentAsync(service, "end"));
        foreach (var (change, code) in new (Action<JsonObject>, string)[]
        {
            (body => body["slot"]![0]!["reference"] = $"Slot/{foreign.IdOf()}", "INAPPROPRIATE_SLOT"),
            (body => (body["slot"]![0]!["reference"], body["start"], body["end"]) =
                ("Slot/urgent", urgent["start"]!.DeepClone(), urgent["end"]!.DeepClone()), "INAPPROPRIATE_SLOT"),
            (body => body["slot"]![0]!["reference"] = "Slot/none", "REFERENCE_NOT_FOUND"),
            (body => body["start"] = "2026-01-01T10:00:00Z", "INAPPROPRIATE_VALUE"),
            (body => Actor(body, 1)["value"] = InventedPatient.NhsNumber(), "INAPPROPRIATE_VALUE"),
            (body => Actor(body, 0)["value"] = elsewhere, "INAPPROPRIATE_VALUE"),
            (body => body["participant"]!.AsArray().RemoveAt(1), "MISSING_VALUE"),
            (body => body.Remove("slot"), "MISSING_VALUE"),
            (body => body["status"] = "cancelled", "INVALID_VALUE"),
            (body => body["incomingReferral"]![0]!["reference"] = "ReferralRequest/999999999999/_history/1", "REFERENCE_NOT_FOUND"),
            (body => body["incomingReferral"]![0]!["reference"] = $"ReferralRequest/{referral.IdOf()}", "INVALID_VALUE"),
            (body => body["unknown"] = "x", "UNEXPECTED_FIELD"),
        })
        {
            var body = BookingSteps.Booking(referral, service, slot);
            change(body);
            using var response = await _app.ErsBookAsync(body);
            await response.AssertCodesAsync(422, code);
        }

        foreach (var (proposal, code) in new[]
        {
            (BookingSteps.Proposal(referral, service, "NO_SLOTS_AT_SERVICE"), "SLOTS_CURRENTLY_AVAILABLE"),
            (BookingSteps.Proposal(referral, service, "SLOT_NOT_AVAILABLE"), "MISSING_VALUE"),
            (BookingSteps.Proposal(referral, service, "WHATEVER"), "INVALID_CODE"),
            (BookingSteps.Proposal(referral, service, "TRIAGE", slot: slot.IdOf()), "INAPPROPRIATE_VALUE"),
        })
        {
            using var response = await _app.ErsBookAsync(proposal);
            await response.AssertCodesAsync(422, code);
        }

        Assert.Equal("NOT_BOOKED", (await _app.ErsReferralAsync(referral.IdOf())).StateOf());
        using var stranger = await _app.ErsBookAsync(
            BookingSteps.Booking(referral, service, slot), actor: Sample.ReferringClinician with { Organisation = "R68" });
        await stranger.AssertCodesAsync(422, "NO_RELATIONSHIP");
    }

    [Fact]
    public async Task A016_INVALID_STATE_for_a_service_that_is_closed_and_SHORTLISTED_SERVICE_NOT_IN_RESULTS_when_it_is_chosen()
    {
        var (service, referral, slot) = await WithSlotAsync();
        var closed = JourneySteps.TriageService(Sample.Provider);
        (closed["requestTypes"], closed["bookable"], closed["open"]) =
            (new JsonArray("APPOINTMENT_REQUEST", "TRIAGE_REQUEST"), "DIRECTLY_BOOKABLE", false);
        using var close = await _app.SendAsync(
            new Actor("000000000101", Sample.Provider, Role.ServiceDefiner), HttpMethod.Put, $"/v1/services/{service}", closed, ("If-Match", "W/\"1\""));
        Assert.Equal(200, (int)close.StatusCode);

        foreach (var body in new[]
        {
            BookingSteps.Booking(referral, service, slot),
            BookingSteps.Proposal(referral, service, "BOOKING_ATTEMPT_PROBLEM"),
            BookingSteps.Proposal(referral, service, "TRIAGE"),
        })
        {
            using var response = await _app.ErsBookAsync(body);
            Assert.Equal(
                ("INVALID_STATE", "business-rule", $"'participant/service' Service {service} is closed to referrals."),
                Assert.Single(await response.OutcomeAsync(422)));
        }

        using var chosen = await _app.OperateAsync(
            Sample.ReferringClinician, referral.IdOf(), "changeShortlist", BookingSteps.ShortlistChange("ROUTINE", service), 1);
        await chosen.AssertCodesAsync(422, "SHORTLISTED_SERVICE_NOT_IN_RESULTS");
    }

    [Fact]
    public async Task A016_refuses_an_indirectly_bookable_service_and_a_referral_that_is_booked()
    {
        var indirect = await _app.CreatedAsync("11016");
        var (service, referral, slot) = await WithSlotAsync();
        var body = BookingSteps.Booking(referral, service, slot);
        var other = BookingSteps.Booking(indirect, "11016", slot);
        using var notHere = await _app.ErsBookAsync(other);
        using var booked = await _app.ErsBookAsync(body);
        await booked.ResourceAsync(201);
        body["incomingReferral"]![0]!["reference"] = $"ReferralRequest/{referral.IdOf()}/_history/2";

        using var again = await _app.ErsBookAsync(body);

        await notHere.AssertCodesAsync(422, "INAPPROPRIATE_VALUE");
        await again.AssertCodesAsync(422, "INVALID_REQUEST_STATE");
    }

    [Fact]
    public async Task A_slot_with_a_clinician_is_booked_with_that_clinician_only()
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot("with", priority: "ROUTINE", clinician: Clinician));
        var (referral, slot) = (await _app.CreatedAsync(service), Assert.Single(await _app.FreeSlotsAsync(service)));

        using var without = await _app.ErsBookAsync(BookingSteps.Booking(referral, service, slot));
        using var other = await _app.ErsBookAsync(BookingSteps.Booking(referral, service, slot, "103264994981"));
        using var right = await _app.ErsBookAsync(BookingSteps.Booking(referral, service, slot, Clinician));

        await without.AssertCodesAsync(422, "MISSING_VALUE");
        await other.AssertCodesAsync(422, "INAPPROPRIATE_VALUE");
        var participant = (await right.ResourceAsync(201))["participant"]![2]!;
        Assert.Equal(Clinician, (string)participant["actor"]!["identifier"]!["value"]!);
    }

    [Fact]
    public async Task A_changed_shortlist_replaces_the_criteria_and_the_services_and_keeps_the_letters()
    {
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn);
        using var letter = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", ErsSteps.Letters(file), 1);
        await letter.ResourceAsync(200);

        using var changed = await _app.OperateAsync(
            Sample.ReferringClinician, ubrn, "changeShortlist", BookingSteps.ShortlistChange("URGENT", "11000", "50001"), 2);

        var after = await changed.ResourceAsync(200);
        Assert.Equal(("W/\"3\"", "NOT_BOOKED"), (changed.Headers.ETag!.ToString(), after.StateOf()));
        Assert.Equal(
            ["11000", "50001"],
            after.Contained("shortlist")!["entry"]!.AsArray().Select(entry => (string)entry!["item"]!["identifier"]!["value"]!));
        Assert.Equal("URGENT", (string)after.Contained("serviceSearchCriteria")!.AsObject().Named("priority")["valueCoding"]!["code"]!);
        var priority = after.Extension("Extension-eRS-ReferralPriority-1")!["valueCodeableConcept"]!["coding"]![0]!;
        Assert.Equal("URGENT", (string)priority["code"]!);
        Assert.Contains(after["contained"]!.AsArray(), contained => (string)contained!["resourceType"]! == "DocumentReference");
    }

    [Fact]
    public async Task A031_refuses_each_wrong_value_with_its_code()
    {
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        var tooMany = Enumerable.Range(1, 21).Select(id => $"{id}").ToArray();
        foreach (var (body, code) in new[]
        {
            (BookingSteps.ShortlistChange("ROUTINE", "11002", "11002"), "DUPLICATE_SERVICE"),
            (BookingSteps.ShortlistChange("SOON", "11002"), "INVALID_CODE"),
            (BookingSteps.ShortlistChange("ROUTINE", tooMany), "TOO_MANY_ITEMS"),
            (BookingSteps.ShortlistChange("ROUTINE", "15000"), "SHORTLISTED_SERVICE_NOT_IN_RESULTS"),
            (Without("firstReminderLetterFollowUpDays"), "MISSING_VALUE"),
            (With(body => body.Named("firstReminderLetterFollowUpDays")["valueUnsignedInt"] = -1), "INVALID_VALUE"),
            (With(body => body["parameter"]!.AsArray().Add(ErsSteps.Parameter("more", "valueString", "x"))), "UNEXPECTED_FIELD"),
            (With(body => body.Named("shortlist")["resource"]!["contained"] = new JsonArray()), "INVALID_FHIR_STRUCTURE"),
            (With(body => Criteria(body).Named("clinicType")["valueCoding"]!["code"] = "KNEE"), "INAPPROPRIATE_VALUE"),
            (With(body => Criteria(body)["parameter"]!.AsArray().Add(ErsSteps.Parameter(
                "clinicalTerm", "valueCoding", new JsonObject { ["system"] = "http://snomed.info/sct", ["code"] = "12" }))), "SNOMED_NOT_FOUND"),
        })
        {
            using var response = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "changeShortlist", body, 1);
            Assert.Contains(await response.OutcomeAsync(422), issue => issue.Code == code);
        }

        var booked = await _app.BookedAsync();
        using var state = await _app.OperateAsync(
            Sample.ReferringClinician, booked, "changeShortlist", BookingSteps.ShortlistChange("ROUTINE", "11002"), 2);
        await state.AssertCodesAsync(422, "INVALID_REQUEST_STATE");
        using var stranger = await _app.OperateAsync(
            Sample.ReferringClinician with { Organisation = "R68" }, ubrn, "changeShortlist", BookingSteps.ShortlistChange("ROUTINE", "11002"), 1);
        await stranger.AssertCodesAsync(422, "NO_RELATIONSHIP");
        using var stale = await _app.OperateAsync(
            Sample.ReferringClinician, ubrn, "changeShortlist", BookingSteps.ShortlistChange("ROUTINE", "11002"), 7);
        Assert.Equal(409, (int)stale.StatusCode);

        static JsonObject Without(string name) => With(body => body.Drop(name));

        static JsonObject With(Action<JsonObject> change)
        {
            var body = BookingSteps.ShortlistChange("ROUTINE", "11002");
            change(body);
            return body;
        }

        static JsonObject Criteria(JsonObject body) => body.Named("shortlist")["resource"]!["contained"]![0]!.AsObject();
    }

    // A service with one free slot, and a referral that may book it.
    private async Task<(string Service, JsonObject Referral, JsonObject Slot)> WithSlotAsync()
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot("only", priority: "ROUTINE"));
        return (service, await _app.CreatedAsync(service), Assert.Single(await _app.FreeSlotsAsync(service)));
    }

    private async Task<JsonNode> UrgentAsync(string service, string member = "start")
    {
        using var response = await _app.FindSlotsAsync(BookingSteps.SearchOf(service, "URGENT"));
        return Assert.Single(BookingSteps.ResourcesOf(await response.ResourceAsync(200), "Slot"))[member]!.DeepClone();
    }

    private static JsonNode Actor(JsonObject body, int at) => body["participant"]![at]!["actor"]!["identifier"]!;

    private static IEnumerable<string> Relations(JsonObject bundle) => bundle["link"]!.AsArray().Select(link => (string)link!["relation"]!);

    private static string LinkOf(JsonObject bundle, string relation) =>
        new Uri((string)bundle["link"]!.AsArray().Single(link => (string)link!["relation"]! == relation)!["url"]!).PathAndQuery;
}
