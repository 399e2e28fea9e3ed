using System.Text.Json.Nodes;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Slots;

namespace EReferrals.Tests.Ers;

/// <summary>Every problem of a body is reported, also of members that mean nothing here, and all of them together.</summary>
[Collection(Journey.Name)]
public class StrictReadingTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task Wrong_types_of_members_that_mean_nothing_are_reported_for_a_creation()
    {
        var creation = ErsSteps.Creation("11002");
        (creation["id"], creation["language"], creation["text"]) = (5, new JsonObject(), "7");
        var list = creation.Named("shortlist")["resource"]!;
        (list["title"], list["note"]) = (9, "note");
        creation.Named("intentionToAddReferralLetter")["valueCoding"]!["display"] = 4;

        using var response = await _app.PostCreationAsync(creation);

        var issues = await response.OutcomeAsync(422);
        Assert.All(issues, issue => Assert.Equal("INVALID_VALUE", issue.Code));
        Assert.Equal(
            ["'id' must be a string.", "'language' must be a string.", "'parameter[1]/resource/note' must be an array.",
                "'parameter[1]/resource/title' must be a string.", "'parameter[2]/valueCoding/display' must be a string.", "'text' must be an object."],
            issues.Select(issue => issue.Diagnostics).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Wrong_types_of_members_that_mean_nothing_are_reported_for_a_deferral()
    {
        var service = await _app.ServiceAsync(Sample.Provider);
        var body = BookingSteps.Proposal(await _app.CreatedAsync(service), service, "NO_SLOTS_AT_SERVICE");
        (body["description"], body["created"], body["minutesDuration"]) = (5, true, "20");
        (body["start"], body["end"]) = ("garbage", 7);
        body["participant"]![0]!["status"] = 3;

        using var response = await _app.ErsBookAsync(body);

        var issues = await response.OutcomeAsync(422);
        Assert.All(issues, issue => Assert.Equal("INVALID_VALUE", issue.Code));
        Assert.Equal(
            ["'created'", "'description'", "'end'", "'minutesDuration'", "'participant[0]/status'", "'start'"],
            issues.Select(issue => issue.Diagnostics.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_letter_that_cannot_be_added_is_reported()
    {
        var ubrn = (await _app.CreatedAsync("11002")).IdOf();
        var good = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn);
        var sameName = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn);
        var forNone = await _app.ErsUploadAsync(Sample.ReferringClinician, ubrn: null, "other.txt");
        var letters = ErsSteps.Letters(good, forNone, Guid.NewGuid().ToString(), sameName);

        using var response = await _app.OperateAsync(Sample.ReferringClinician, ubrn, "maintainReferralLetter", letters, 1);

        Assert.Equal(
            [("DUPLICATE_FILENAME", "[3]"), ("INAPPROPRIATE_VALUE", "[1]"), ("REFERENCE_NOT_FOUND", "[2]")],
            (await response.OutcomeAsync(422)).Select(issue => (issue.Code, issue.Diagnostics["'referralLetterFile".Length..][..3])).Order());
    }

    [Fact]
    public async Task An_application_learns_of_the_missing_service_together_with_other_errors()
    {
        using var response = await _app.FetchListAsync(
            ErsSteps.Application, ErsSteps.ListRequest("REFERRALS_FOR_REVIEW", ErsSteps.Parameter("page", "valueString", "2")));

        await response.AssertCodesAsync(422, "MISSING_VALUE", "UNEXPECTED_FIELD");
    }

    [Fact]
    public async Task A_list_of_the_other_side_is_forbidden_whatever_else_is_wrong()
    {
        using var response = await _app.FetchListAsync(
            Sample.ReferringClinician, ErsSteps.ListRequest("REFERRALS_FOR_REVIEW", ErsSteps.Parameter("page", "valueString", "2")));

        await response.AssertCodesAsync(403, "FORBIDDEN");
    }

    [Theory]
    [InlineData("7", 400)]
    [InlineData("", 412)]
    public async Task If_Match_is_checked_before_the_body_when_it_is_malformed_and_counts_as_missing_when_it_is_empty(string ifMatch, int status)
    {
        var ubrn = await _app.SentAsync("50001");
        var body = ErsSteps.Rejection("OTHER");
        if (status == 400) body["resourceType"] = 5;

        using var response = await _app.FhirAsync(
            Sample.ProviderClinician, HttpMethod.Post, $"{ErsSteps.Stu3}ReferralRequest/{ubrn}/$ers.rejectReferral", body, ("If-Match", ifMatch));

        await response.ResourceAsync(status);
    }
}
