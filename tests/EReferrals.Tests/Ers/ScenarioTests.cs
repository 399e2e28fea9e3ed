using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Slots;

namespace EReferrals.Tests.Ers;

/// <summary>
/// The work of a practice and a hospital from the referral to its outcome, through the e-RS API. The hospital publishes its slots at the plain one.
/// </summary>
[Collection(Journey.Name)]
public class ScenarioTests(SharedApp shared)
{
    private const string Letter = "Dear colleague, please see this patient";

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task A_referral_is_created_given_a_letter_booked_reviewed_accepted_and_reviewed_again_after_a_new_letter()
    {
        var service = await WithSlotsAsync();
        var (ubrn, created) = await CreateAsync(service);
        await AssertCreatedAsync(ubrn, created);
        var (file, version) = await AddLetterAsync(ubrn);
        await BookAsync(ubrn, service);
        version = await AssertForReviewAsync(ubrn, version);
        await AssertFileAsync(ubrn, file);

        using var accepted = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "acceptReferral", body: null, version);
        version = (await accepted.ResourceAsync(200)).VersionOf();
        await _app.DrainAsync();
        Assert.DoesNotContain(ubrn, await _app.ErsListAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"));

        var second = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn, "results.txt");
        using var changed = await MaintainAsync(ubrn, version, file, second);
        await changed.ResourceAsync(200);
        await _app.DrainAsync();
        var entry = (await _app.ErsEntriesAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"))[ubrn];
        Assert.Equal("LETTER_CHANGED", CodeIn(entry["requestContextStatus"]));
    }

    [Fact]
    public async Task A_rejected_referral_frees_its_slot_shows_why_and_is_booked_at_another_service()
    {
        var (service, other) = (await WithSlotsAsync(), await WithSlotsAsync());
        var (ubrn, _) = await CreateAsync(service);
        await AddLetterAsync(ubrn);
        var slot = await BookAsync(ubrn, service);
        var version = (await _app.ErsReferralAsync(ubrn)).VersionOf();

        using var rejected = await _app.OperateAsync(
            Sample.ProviderClinician, ubrn, "rejectReferral", ErsSteps.Rejection("SERVICE_INAPPROPRIATE", "Please refer to the other clinic."), version);

        var referral = await rejected.ResourceAsync(200);
        Assert.Equal("REJECTED", referral.StateOf());
        Assert.Contains(slot, (await _app.FreeSlotsAsync(service)).Select(free => free.IdOf()));
        await _app.DrainAsync();
        var entry = (await _app.ErsEntriesAsync(Sample.ReferringClinician, "REJECTED_TRIAGE_RESPONSE"))[ubrn];
        Assert.Equal(("REJECTED", "SERVICE_INAPPROPRIATE"), (CodeIn(entry["status"]), CodeIn(entry["reason"])));
        var state = (await _app.ErsReferralAsync(ubrn)).Extension("Extension-eRS-ReferralState-1")!["extension"]!.AsArray();
        Assert.Equal("Please refer to the other clinic.", (string)state.Single(part => (string)part!["url"]! == "comments")!["valueString"]!);

        using var moved = await _app.OperateAsync(
            Sample.ReferringClinician, ubrn, "changeShortlist", BookingSteps.ShortlistChange("ROUTINE", other), referral.VersionOf());
        Assert.Equal("NOT_BOOKED", (await moved.ResourceAsync(200)).StateOf());
        await BookAsync(ubrn, other);
        await _app.DrainAsync();
        Assert.Contains(ubrn, await _app.ErsListAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"));
        Assert.DoesNotContain(ubrn, await _app.ErsListAsync(Sample.ReferringClinician, "REJECTED_TRIAGE_RESPONSE"));
    }

    [Theory]
    [InlineData("ACCEPT_REFER_BOOK_LATER", "TRIAGED_PROVIDER_TO_ACTION", false)]
    [InlineData("RETURN_TO_REFERRER_WITH_ADVICE", "TRIAGE_RESPONSE", true)]
    public async Task A_referral_sent_for_triage_is_listed_and_its_outcome_is_recorded(string outcome, string state, bool isReturned)
    {
        var (ubrn, created) = await CreateAsync("50001");
        using var sent = await _app.ErsBookAsync(BookingSteps.Proposal(created, "50001", "TRIAGE"));
        await sent.ResourceAsync(201);
        await _app.DrainAsync();
        var entry = (await _app.ErsEntriesAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"))[ubrn];
        Assert.Equal("TRIAGE_DEFERRAL", CodeIn(entry["referralType"]));
        var version = (int)entry["referralRequestVersion"]["valueInteger"]!;
        Assert.Contains("RECORD_REVIEW_OUTCOME", await ActionsAsync(Sample.ProviderClinician, ubrn, version));

        using var reviewed = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "recordReviewOutcome", ErsSteps.Review(outcome), version);

        Assert.Equal(state, (await reviewed.ResourceAsync(200)).StateOf());
        await _app.DrainAsync();
        Assert.DoesNotContain(ubrn, await _app.ErsListAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"));
        Assert.Equal(isReturned, (await _app.ErsListAsync(Sample.ReferringClinician, "REJECTED_TRIAGE_RESPONSE")).Contains(ubrn));
    }

    [Fact]
    public async Task Of_two_writers_with_one_version_exactly_one_succeeds()
    {
        var (ubrn, _) = await CreateAsync("11002");
        var files = new[] { await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn), await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn) };

        var answers = await Task.WhenAll(files.Select(file => MaintainAsync(ubrn, 1, file)));

        var statuses = answers.Select(answer => (int)answer.StatusCode).Order().ToArray();
        foreach (var answer in answers) answer.Dispose();
        Assert.Equal(200, statuses[0]);
        Assert.True(statuses[1] is 409 or 423, $"{statuses[1]}");
        var documents = (await _app.ErsReferralAsync(ubrn))["contained"]!.AsArray().Where(one => (string)one!["resourceType"]! == "DocumentReference");
        Assert.Single(documents);
    }

    // Step 1: the referral is read as it was created, and belongs to the referrer alone.
    private async Task AssertCreatedAsync(string ubrn, JsonObject created)
    {
        using var read = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}ReferralRequest/{ubrn}");
        Assert.Equal(created.ToJsonString(), (await read.ResourceAsync(200)).ToJsonString());
        Assert.Equal($"W/\"{created.VersionOf()}\"", read.Headers.ETag!.ToString());
        var actions = await ActionsAsync(Sample.ReferringClinician, ubrn, created.VersionOf());
        Assert.Contains("CREATE_APPOINTMENT", actions);
        Assert.Contains("CHANGE_SHORTLIST", actions);
        Assert.Contains("CANCEL_REFERRAL", actions);
        await _app.DrainAsync();
        Assert.Contains(ubrn, await _app.ErsListAsync(Sample.ReferringClinician, "AWAITING_BOOKING"));
        Assert.Contains(ubrn, await _app.ErsListAsync(Sample.ReferringClinician, "LETTERS_OUTSTANDING"));
        Assert.DoesNotContain(ubrn, await _app.ErsListAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"));
        Assert.DoesNotContain(ubrn, await _app.ErsListAsync(Sample.ProviderClinician, "APPOINTMENT_SLOT_ISSUES"));
    }

    // Step 2: the letter is added once, on the version that the caller has seen.
    private async Task<(string File, int Version)> AddLetterAsync(string ubrn)
    {
        var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn, text: Letter);
        using var added = await MaintainAsync(ubrn, 1, file);
        var version = (await added.ResourceAsync(200)).VersionOf();
        Assert.True(version > 1, "The version must grow.");
        Assert.Equal($"W/\"{version}\"", added.Headers.ETag!.ToString());
        await _app.DrainAsync();
        Assert.DoesNotContain(ubrn, await _app.ErsListAsync(Sample.ReferringClinician, "LETTERS_OUTSTANDING"));

        using var stale = await MaintainAsync(ubrn, 1, file);
        Assert.Equal(409, (int)stale.StatusCode);
        using var blind = await _app.FhirAsync(
            Sample.ReferringClinician, HttpMethod.Post, $"{ErsSteps.Stu3}ReferralRequest/{ubrn}/$ers.maintainReferralLetter", ErsSteps.Letters(file));
        Assert.Equal(412, (int)blind.StatusCode);
        using var same = await MaintainAsync(ubrn, version, file);
        await same.AssertCodesAsync(422, "NO_CHANGES_DETECTED");
        return (file, version);
    }

    // Step 3: a slot is booked once, by one referral.
    private async Task<string> BookAsync(string ubrn, string service)
    {
        var slot = (await _app.FreeSlotsAsync(service))[0];
        var body = BookingSteps.Booking(await _app.ErsReferralAsync(ubrn), service, slot);
        using var booked = await _app.ErsBookAsync(body);
        var appointment = await booked.ResourceAsync(201);
        Assert.Equal($"W/\"{appointment.VersionOf()}\"", booked.Headers.ETag!.ToString());
        var referral = await _app.ErsReferralAsync(ubrn);
        Assert.Equal("BOOKED", referral.StateOf());
        Assert.Equal($"ReferralRequest/{ubrn}/_history/{referral.VersionOf()}", (string)appointment["incomingReferral"]![0]!["reference"]!);
        Assert.DoesNotContain(slot.IdOf(), (await _app.FreeSlotsAsync(service)).Select(free => free.IdOf()));

        using var again = await _app.ErsBookAsync(BookingSteps.Booking(referral, service, slot));
        await again.AssertCodesAsync(422, "INVALID_REQUEST_STATE");
        var (_, other) = await CreateAsync(service);
        using var taken = await _app.ErsBookAsync(BookingSteps.Booking(other, service, slot));
        await taken.AssertCodesAsync(422, "SLOT_NOT_AVAILABLE");
        return slot.IdOf();
    }

    // Step 4: the provider sees the version that is current.
    private async Task<int> AssertForReviewAsync(string ubrn, int before)
    {
        await _app.DrainAsync();
        var entry = (await _app.ErsEntriesAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"))[ubrn];
        Assert.Equal(("NEVER_REVIEWED", "APPOINTMENT"), (CodeIn(entry["requestContextStatus"]), CodeIn(entry["referralType"])));
        using var read = await _app.ReadAsync(Sample.ProviderClinician, $"{ErsSteps.Stu3}ReferralRequest/{ubrn}");
        var version = (await read.ResourceAsync(200)).VersionOf();
        Assert.Equal(version, (int)entry["referralRequestVersion"]["valueInteger"]!);
        Assert.True(version > before, "The version must grow.");
        return version;
    }

    private async Task AssertFileAsync(string ubrn, string file)
    {
        foreach (var path in new[] { $"{ErsSteps.Stu3}Binary/{file}", $"{ErsSteps.R4}Binary/{file}" })
        {
            using var read = await _app.ReadAsync(Sample.ProviderClinician, path);
            Assert.Equal((200, Letter), ((int)read.StatusCode, await read.Content.ReadAsStringAsync()));
        }

        using var stranger = await _app.ReadAsync(ErsSteps.Stranger, $"{ErsSteps.Stu3}ReferralRequest/{ubrn}");
        await stranger.AssertCodesAsync(422, "NO_RELATIONSHIP");
        using var strangersFile = await _app.ReadAsync(ErsSteps.Stranger, $"{ErsSteps.R4}Binary/{file}");
        await strangersFile.AssertCodesAsync(403, "NO_RELATIONSHIP");
    }

    // A service of its own with two free slots.
    private async Task<string> WithSlotsAsync()
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        await _app.PublishAsync(
            Sample.Provider, service, SlotSteps.Slot("first", priority: "ROUTINE"), SlotSteps.Slot("second", minute: 30, priority: "ROUTINE"));
        return service;
    }

    private async Task<(string Ubrn, JsonObject Referral)> CreateAsync(string service)
    {
        var created = await _app.CreatedAsync(service);
        return (created.IdOf(), created);
    }

    private Task<HttpResponseMessage> MaintainAsync(string ubrn, int version, params string[] files) =>
        _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", ErsSteps.Letters(files), version);

    private async Task<IReadOnlyList<string>> ActionsAsync(Actor actor, string ubrn, int version)
    {
        using var response = await _app.ReadAsync(
            actor, $"{ErsSteps.Stu3}Task?focus=ReferralRequest/{ubrn}/_history/{version}&intent=proposal&status=ready");
        return
        [
            .. (await response.ResourceAsync(200))["entry"]!.AsArray()
                .Select(entry => (string)entry!["resource"]!["code"]!["coding"]![0]!["code"]!),
        ];
    }

    private static string CodeIn(JsonNode field) => (string)field["valueCodeableConcept"]!["coding"]![0]!["code"]!;
}
