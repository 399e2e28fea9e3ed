using System.Text.Json.Nodes;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Slots;

namespace EReferrals.Tests.Ers;

/// <summary>FHIR allows no empty array. One says as little as a member that is missing, and never that something should be removed.</summary>
[Collection(Journey.Name)]
public class EmptyArrayTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task A_letter_without_content_is_refused_and_the_referral_keeps_its_letter_and_its_place_on_the_list()
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot("1", priority: "ROUTINE"));
        var ubrn = (await _app.CreatedAsync(service)).IdOf();
        var file = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn);
        using var added = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", ErsSteps.Letters(file), 1);
        var slot = Assert.Single(await _app.FreeSlotsAsync(service));
        using var booked = await _app.ErsBookAsync(BookingSteps.Booking(await added.ResourceAsync(200), service, slot));
        await booked.ResourceAsync(201);
        var letters = ErsSteps.Letters(file);
        letters.Named("referralLetterFile")["resource"]!["content"] = new JsonArray();

        using var response = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", letters, 3);

        await response.AssertCodesAsync(422, "MISSING_VALUE");
        Assert.Contains("DocumentReference", (await _app.ErsReferralAsync(ubrn)).ToJsonString(), StringComparison.Ordinal);
        await _app.DrainAsync();
        Assert.Contains(ubrn, await _app.ErsListAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW"));
    }

    [Fact]
    public async Task A_file_without_content_does_not_leave_an_outcome_without_it()
    {
        var ubrn = await _app.SentAsync("50001");
        var review = ErsSteps.Review("ACCEPT_REFER_BOOK_LATER", files: [Guid.NewGuid().ToString()]);
        review.Named("reviewAttachmentFile")["resource"]!["content"] = new JsonArray();

        using var response = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "recordReviewOutcome", review, 1);

        await response.AssertCodesAsync(422, "MISSING_VALUE");
    }

    [Theory]
    [InlineData("booked", "slot")]
    [InlineData("booked", "incomingReferral")]
    [InlineData("proposed", "incomingReferral")]
    [InlineData("proposed", "reason")]
    public async Task A_booking_or_deferral_with_an_empty_array_names_what_is_missing(string status, string member)
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        await _app.PublishAsync(Sample.Provider, service, SlotSteps.Slot("1", priority: "ROUTINE"));
        var referral = await _app.CreatedAsync(service);
        var body = status == "booked"
            ? BookingSteps.Booking(referral, service, Assert.Single(await _app.FreeSlotsAsync(service)))
            : BookingSteps.Proposal(referral, service, "TRIAGE");
        body[member] = new JsonArray();

        using var response = await _app.ErsBookAsync(body);

        var issue = Assert.Single(await response.OutcomeAsync(422));
        Assert.Equal(("MISSING_VALUE", $"'{member}' is missing."), (issue.Code, issue.Diagnostics));
    }

    [Fact]
    public async Task An_empty_shortlist_is_refused_like_a_missing_one()
    {
        var (empty, missing) = (ErsSteps.Creation(), ErsSteps.Creation());
        missing.Named("shortlist")["resource"]!.AsObject().Remove("entry");

        Assert.Equal(await OutcomeOfAsync(missing), await OutcomeOfAsync(empty));
    }

    private async Task<IReadOnlyList<(string, string, string)>> OutcomeOfAsync(JsonObject creation)
    {
        using var response = await _app.PostCreationAsync(creation);
        return await response.OutcomeAsync(422);
    }
}
