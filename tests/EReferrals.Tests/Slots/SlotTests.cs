using System.Net;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Slots;

[Collection(Journey.Name)]
public sealed class SlotTests(SharedApp shared)
{
    private const int Version = 3;

    private static readonly Actor Practice = Sample.ReferringClinician;
    private static readonly string Provider = Sample.Provider;

    private readonly RunningApp _app = shared.App;

    [Theory]
    [InlineData("INDIRECTLY_BOOKABLE")]
    [InlineData("UNSPECIFIED")]
    public async Task Slots_of_a_service_that_is_not_directly_bookable_are_refused_because_nobody_could_book_them(string bookable)
    {
        var service = await _app.ServiceAsync("RSX", bookable);

        using var refused = await _app.PutSlotsAsync(SlotSteps.Admin("RSX"), service, SlotSteps.Slot("a"));

        Assert.Equal(["INVALID_STATE"], Problems.In(await refused.ProblemAsync(422)).Select(problem => problem.Trim()));
        Assert.Empty(await _app.SlotsAsync("RSX", service));
    }

    [Fact]
    public async Task Of_64_clients_that_book_10_slots_at_once_10_are_booked_and_54_are_refused_and_no_slot_is_in_two_referrals()
    {
        var service = await _app.ServiceAsync(Provider);
        await _app.PublishAsync(Provider, service, [.. Enumerable.Range(0, 10).Select(slot => SlotSteps.Slot($"s{slot}", minute: 20 * slot))]);
        var referrals = new List<string>();
        foreach (var some in Enumerable.Range(0, 64).Chunk(8))
        {
            referrals.AddRange(await Task.WhenAll(some.Select(_ => _app.ShortlistedAsync(Practice, service))));
        }

        var answers = await Task.WhenAll(referrals.Select((ubrn, client) => BookAsync(ubrn, $"s{client % 10}")));

        Assert.Equal((10, 54), (answers.Count(status => status == 200), answers.Count(status => status == 409)));
        var slots = await _app.SlotsAsync(Provider, service);
        var booked = referrals.Where((_, client) => answers[client] == 200).ToArray();
        Assert.All(slots, slot => Assert.Equal("TAKEN", slot.Split(' ')[1]));
        Assert.Equal(booked.Order(), slots.Select(slot => slot.Split(' ')[2]).Order());
        foreach (var ubrn in booked)
        {
            var slot = (string)(await _app.ReferralAsync(Practice, ubrn))["appointment"]!["slot"]!;
            Assert.Contains($"{slot} TAKEN {ubrn}", slots);
        }
    }

    [Fact]
    public async Task A_booked_slot_becomes_the_appointment_and_is_free_again_after_each_way_to_end_it()
    {
        var service = await _app.ServiceAsync(Provider);
        await _app.PublishAsync(Provider, service, SlotSteps.Slot("only"));
        foreach (var (command, by, body) in new (string, Actor, JsonObject)[]
        {
            ("appointment/cancel", Practice, new() { ["reason"] = "PATIENT_ILL" }),
            ("appointment/cancel", SlotSteps.Admin(Provider), new() { ["reason"] = "CLINIC_CANCELLED" }),
            ("reject", Sample.ProviderClinician, new() { ["reason"] = "SERVICE_INAPPROPRIATE" }),
            ("cancel", Practice, new() { ["reason"] = "PATIENT_DIED" }),
        })
        {
            var ubrn = await _app.ShortlistedAsync(Practice, service);
            Assert.Equal(200, await BookAsync(ubrn, "only"));
            var booked = await _app.ReferralAsync(Practice, ubrn);
            Assert.Equal(("BOOKED", "only", service), ((string)booked["state"]!, (string)booked["appointment"]!["slot"]!, (string)booked["service"]!["id"]!));
            Assert.Equal([$"only TAKEN {ubrn}"], await _app.SlotsAsync(Provider, service));

            using var ended = await _app.CommandAsync(by, ubrn, command, body, Version + 1);

            Assert.Equal((command, 200), (command, (int)ended.StatusCode));
            Assert.Equal(["only FREE"], await _app.SlotsAsync(Provider, service));
        }
    }

    [Fact]
    public async Task A_referral_that_gave_up_its_slot_can_book_another()
    {
        var service = await _app.ServiceAsync(Provider);
        await _app.PublishAsync(Provider, service, SlotSteps.Slot("a"), SlotSteps.Slot("b", minute: 30));
        var ubrn = await _app.ShortlistedAsync(Practice, service);
        Assert.Equal(200, await BookAsync(ubrn, "a"));
        using var cancelled = await _app.CommandAsync(Practice, ubrn, "appointment/cancel", new JsonObject { ["reason"] = "PATIENT_ILL" }, Version + 1);

        Assert.Equal(200, await BookAsync(ubrn, "b", Version + 2));

        Assert.Equal(["a FREE", $"b TAKEN {ubrn}"], await _app.SlotsAsync(Provider, service));
    }

    [Fact]
    public async Task A_repeated_booking_returns_the_first_response_and_books_once()
    {
        var service = await _app.ServiceAsync(Provider);
        await _app.PublishAsync(Provider, service, SlotSteps.Slot("a"));
        var (ubrn, key) = (await _app.ShortlistedAsync(Practice, service), Guid.NewGuid().ToString());

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            _app.CommandAsync(Practice, ubrn, "book", new JsonObject { ["slot"] = "a" }, Version, key)));

        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, $"W/\"{Version + 1}\""), (answer.StatusCode, answer.Headers.ETag!.ToString())));
        Assert.Equal([$"a TAKEN {ubrn}"], await _app.SlotsAsync(Provider, service));
    }

    [Fact]
    public async Task A_provider_books_a_slot_of_its_own_service_for_a_deferred_referral()
    {
        var service = await _app.ServiceAsync(Provider);
        await _app.PublishAsync(Provider, service, SlotSteps.Slot("a", priority: "ROUTINE"));
        var ubrn = await _app.ShortlistedAsync(Practice, service);
        var reason = new JsonObject { ["service"] = service, ["reason"] = "NO_SLOTS_AT_SERVICE" };
        using var deferred = await _app.CommandAsync(Practice, ubrn, "defer", reason, Version);
        using var booked = await _app.CommandAsync(SlotSteps.Admin(Provider), ubrn, "book", new JsonObject { ["slot"] = "a" }, Version + 1);

        Assert.Equal((200, 200), ((int)deferred.StatusCode, (int)booked.StatusCode));
        Assert.Equal([$"a TAKEN {ubrn}"], await _app.SlotsAsync(Provider, service));
    }

    [Fact]
    public async Task A_slot_that_cannot_be_booked_is_refused_with_the_reason()
    {
        var (service, other) = (await _app.ServiceAsync(Provider), await _app.ServiceAsync(Provider));
        var unnamed = await _app.PublishAsync(Provider, other, SlotSteps.Slot(null));
        await _app.PublishAsync(Provider, service, SlotSteps.Slot("routine", priority: "ROUTINE"), SlotSteps.Slot("a", minute: 30));
        var ubrn = await _app.ShortlistedAsync(Practice, service);

        Assert.Equal(["/slot REFERENCE_NOT_FOUND"], await RefusedAsync(Practice, ubrn, new() { ["slot"] = "none" }));
        Assert.Equal(["/slot INAPPROPRIATE_SLOT"], await RefusedAsync(Practice, ubrn, new() { ["slot"] = "routine" }));
        Assert.Equal(["/slot INAPPROPRIATE_SLOT"], await RefusedAsync(Practice, ubrn, new() { ["slot"] = (string)unnamed[0]["id"]! }));
        Assert.Equal(["/service INAPPROPRIATE_VALUE"], await RefusedAsync(Practice, ubrn, new() { ["slot"] = (string)unnamed[0]["id"]!, ["service"] = other }));
        Assert.Equal(["/start UNEXPECTED_FIELD"], await RefusedAsync(Practice, ubrn, new() { ["slot"] = "a", ["start"] = "2026-12-08T09:20:00Z" }));
        var arranged = new JsonObject { ["start"] = SlotSteps.Slot("a")["start"]!.DeepClone(), ["end"] = SlotSteps.Slot("a")["end"]!.DeepClone() };
        using var own = await _app.CommandAsync(Practice, ubrn, "book", arranged, Version);
        Assert.Equal(403, (int)own.StatusCode);
    }

    [Fact]
    public async Task A_slot_id_that_two_shortlisted_services_have_needs_the_service()
    {
        var (one, two) = (await _app.ServiceAsync(Provider), await _app.ServiceAsync(Provider));
        await _app.PublishAsync(Provider, one, SlotSteps.Slot("same"));
        await _app.PublishAsync(Provider, two, SlotSteps.Slot("same"), SlotSteps.Slot("other", minute: 30));
        var (ubrn, next) = (await _app.ShortlistedAsync(Practice, one, two), await _app.ShortlistedAsync(Practice, one, two));

        Assert.Equal(["/service VALUE_IS_REQUIRED"], await RefusedAsync(Practice, ubrn, new() { ["slot"] = "same" }));
        using var named = await _app.CommandAsync(Practice, ubrn, "book", new JsonObject { ["slot"] = "same", ["service"] = two }, Version);
        Assert.Equal(200, (int)named.StatusCode);
        Assert.Equal(200, await BookAsync(next, "other"));
        Assert.Equal(["same FREE"], await _app.SlotsAsync(Provider, one));
        Assert.Equal([$"same TAKEN {ubrn}", $"other TAKEN {next}"], await _app.SlotsAsync(Provider, two));
    }

    [Fact]
    public async Task A_deferral_is_refused_while_a_slot_could_be_booked()
    {
        var service = await _app.ServiceAsync(Provider);
        await _app.PublishAsync(Provider, service, SlotSteps.Slot("a"));
        var (ubrn, other) = (await _app.ShortlistedAsync(Practice, service), await _app.ShortlistedAsync(Practice, service));
        var noSlots = new JsonObject { ["service"] = service, ["reason"] = "NO_SLOTS_AT_SERVICE" };
        var gone = new JsonObject { ["service"] = service, ["reason"] = "SLOT_NOT_AVAILABLE", ["slot"] = "a", ["comments"] = "Mornings only" };

        Assert.Equal(["/reason SLOTS_CURRENTLY_AVAILABLE"], await RefusedAsync(Practice, ubrn, noSlots, "defer"));
        Assert.Equal(["/slot THIS_SLOT_IS_AVAILABLE"], await RefusedAsync(Practice, ubrn, gone, "defer"));
        Assert.Equal(200, await BookAsync(other, "a"));
        using var deferred = await _app.CommandAsync(Practice, ubrn, "defer", gone, Version);
        var after = await deferred.JsonAsync();
        Assert.Equal(
            ("DEFERRED_TO_PROVIDER", "SLOT_NOT_AVAILABLE", "Mornings only"),
            ((string)after["state"]!, (string)after["reason"]!, (string)after["comments"]!));
    }

    [Fact]
    public async Task A_shortlisted_referral_can_be_sent_for_triage()
    {
        var service = await _app.ServiceAsync(Provider);
        var ubrn = await _app.ShortlistedAsync(Practice, service);
        var body = new JsonObject { ["service"] = service, ["comments"] = "Which clinic?" };
        using var sent = await _app.CommandAsync(Practice, ubrn, "send-for-triage", body, Version);

        var after = await sent.JsonAsync();
        Assert.Equal(("AWAITING_TRIAGE", "TRIAGE", "Which clinic?"), ((string)after["state"]!, (string)after["reason"]!, (string)after["comments"]!));
    }

    [Fact]
    public async Task An_upload_sent_again_changes_nothing_and_rows_without_an_id_get_one()
    {
        var service = await _app.ServiceAsync(Provider);
        JsonObject[] rows = [SlotSteps.Slot("own"), SlotSteps.Slot(null, minute: 30), SlotSteps.Slot(null, minute: 30), SlotSteps.Slot(null, minute: 60)];

        var first = await _app.PublishAsync(Provider, service, rows);
        var again = await _app.PublishAsync(Provider, service, rows);

        Assert.Equal([201, 201, 201, 201], first.Select(row => (int)row["status"]!));
        Assert.Equal([200, 200, 200, 200], again.Select(row => (int)row["status"]!));
        Assert.Equal(first.Select(row => (string)row["id"]!), again.Select(row => (string)row["id"]!));
        Assert.Equal(4, first.Select(row => (string)row["id"]!).Distinct().Count());
        Assert.Equal(4, (await _app.SlotsAsync(Provider, service)).Count);
    }

    [Fact]
    public async Task An_upload_changes_a_free_slot_and_refuses_a_taken_one_in_its_row()
    {
        var service = await _app.ServiceAsync(Provider);
        await _app.PublishAsync(Provider, service, SlotSteps.Slot("free"), SlotSteps.Slot("taken", minute: 30));
        var ubrn = await _app.ShortlistedAsync(Practice, service);
        Assert.Equal(200, await BookAsync(ubrn, "taken"));

        JsonObject[] rows = [SlotSteps.Slot("free", day: 6), SlotSteps.Slot("taken", day: 7), SlotSteps.Slot("new", day: 8)];
        var results = await _app.PublishAsync(Provider, service, rows);

        Assert.Equal(["free 200 ", "taken 409 SLOT_NOT_AVAILABLE", "new 201 "], results.Select(row => $"{row["id"]} {row["status"]} {row["code"]}"));
        Assert.Equal([$"taken TAKEN {ubrn}", "free FREE", "new FREE"], await _app.SlotsAsync(Provider, service));
    }

    [Fact]
    public async Task A_thousand_slots_are_published_in_one_request_and_read_in_pages_without_a_gap()
    {
        var service = await _app.ServiceAsync(Provider);
        var slots = Enumerable.Range(0, 1_000).Select(slot => SlotSteps.Slot($"s{slot}", day: 3 + (slot / 50), minute: 5 * (slot % 50)));
        var results = await _app.PublishAsync(Provider, service, [.. slots]);
        Assert.All(results, row => Assert.Equal(201, (int)row["status"]!));

        var read = new List<string>();
        for (string? cursor = null; ;)
        {
            using var response = await _app.GetAsync(Practice, $"/v1/services/{service}/slots?limit=300{(cursor is null ? "" : $"&cursor={cursor}")}");
            var page = await response.JsonAsync();
            read.AddRange(page["slots"]!.AsArray().Select(slot => (string)slot!["id"]!));
            cursor = (string?)page["next"];
            if (cursor is null) break;
        }

        Assert.Equal(Enumerable.Range(0, 1_000).Select(slot => $"s{slot}"), read);
    }

    [Fact]
    public async Task The_list_has_a_time_range_and_its_cursor_belongs_to_it()
    {
        var service = await _app.ServiceAsync(Provider);
        await _app.PublishAsync(Provider, service, SlotSteps.Slot("a", day: 5), SlotSteps.Slot("b", day: 6), SlotSteps.Slot("c", day: 7));
        var (from, to) = ((string)SlotSteps.Slot("b", day: 6)["start"]!, (string)SlotSteps.Slot("c", day: 7)["start"]!);

        using var some = await _app.GetAsync(Practice, $"/v1/services/{service}/slots?from={from}&to={to}");
        Assert.Equal(["b"], (await some.JsonAsync())["slots"]!.AsArray().Select(slot => (string)slot!["id"]!));
        using var first = await _app.GetAsync(Practice, $"/v1/services/{service}/slots?limit=1");
        var next = (string)(await first.JsonAsync())["next"]!;
        using var foreign = await _app.GetAsync(Practice, $"/v1/services/{service}/slots?from={from}&cursor={next}");
        Assert.Equal(["cursor INVALID_VALUE"], Problems.In(await foreign.ProblemAsync(400)));
    }

    [Fact]
    public async Task Only_the_provider_sees_taken_slots_and_changes_slots()
    {
        var service = await _app.ServiceAsync(Provider);
        await _app.PublishAsync(Provider, service, SlotSteps.Slot("a"), SlotSteps.Slot("b", minute: 30));
        var ubrn = await _app.ShortlistedAsync(Practice, service);
        Assert.Equal(200, await BookAsync(ubrn, "a"));
        var stranger = SlotSteps.Admin("RCD");

        foreach (var reader in new[] { Practice, stranger })
        {
            using var read = await _app.GetAsync(reader, $"/v1/services/{service}/slots");
            var shown = (await read.JsonAsync())["slots"]!.AsArray();
            Assert.Equal(["b FREE "], shown.Select(slot => $"{slot!["id"]} {slot["status"]} {slot["ubrn"]}"));
        }

        using var put = await _app.PutSlotsAsync(stranger, service, SlotSteps.Slot("c"));
        using var withdrawn = await _app.SendAsync(stranger, HttpMethod.Delete, $"/v1/services/{service}/slots/b");
        Assert.Equal((403, 403), ((int)put.StatusCode, (int)withdrawn.StatusCode));
    }

    [Fact]
    public async Task A_free_slot_can_be_withdrawn_and_a_taken_one_cannot()
    {
        var service = await _app.ServiceAsync(Provider);
        await _app.PublishAsync(Provider, service, SlotSteps.Slot("a"), SlotSteps.Slot("b", minute: 30));
        var ubrn = await _app.ShortlistedAsync(Practice, service);
        Assert.Equal(200, await BookAsync(ubrn, "a"));

        Assert.Equal((409, 204, 404), (await WithdrawAsync(service, "a"), await WithdrawAsync(service, "b"), await WithdrawAsync(service, "b")));
        Assert.Equal([$"a TAKEN {ubrn}"], await _app.SlotsAsync(Provider, service));
    }

    private Task<int> BookAsync(string ubrn, string slot, int version = Version) =>
        _app.ChangeAsync(Practice, ubrn, "book", new JsonObject { ["slot"] = slot }, version);

    private async Task<IEnumerable<string>> RefusedAsync(Actor actor, string ubrn, JsonObject body, string command = "book")
    {
        using var answer = await _app.CommandAsync(actor, ubrn, command, body, Version);
        return Problems.In(await answer.ProblemAsync(422));
    }

    private async Task<int> WithdrawAsync(string service, string slot)
    {
        using var answer = await _app.SendAsync(SlotSteps.Admin(Provider), HttpMethod.Delete, $"/v1/services/{service}/slots/{slot}");
        return (int)answer.StatusCode;
    }
}
