using System.Text.Json.Nodes;
using EReferrals.Referrals.Lists;

namespace EReferrals.Tests.Journeys;

[Collection(Journey.Name)]
public class CommandTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task Of_two_concurrent_commands_on_one_version_exactly_one_succeeds_in_1000_rounds()
    {
        // Each round changes the letters of one of ten referrals twice concurrently, with two different sets.
        var referrals = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _app.SubmitAsync(Sample.ReferringClinician)));
        await _app.DrainAsync();
        var wins = await Task.WhenAll(referrals.Select(async ubrn =>
        {
            var letters = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _app.UploadAsync(Sample.ReferringClinician, ubrn)));
            var wins = new List<(int, int)>();
            for (var round = 0; round < 100; round++)
            {
                var answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(async client =>
                {
                    var set = new JsonObject { ["attachments"] = new JsonArray(letters[(round % 2) + (2 * client)]) };
                    using var answer = await _app.CommandPatientlyAsync(Sample.ReferringClinician, ubrn, "letters", set, round + 1);
                    return (int)answer.StatusCode;
                }));
                wins.Add((answers.Count(status => status == 200), answers.Count(status => status == 409)));
            }

            using var read = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");
            Assert.Equal("W/\"101\"", read.Headers.ETag!.ToString());
            return wins;
        }));

        Assert.Equal((1000, 1000), (wins.Sum(of => of.Count), wins.Sum(of => of.Count(round => round == (1, 1)))));
    }

    [Fact]
    public async Task A_repeated_command_returns_the_first_response()
    {
        var (ubrn, key) = (await SubmittedAsync(), Guid.NewGuid().ToString());
        using var first = await _app.CommandAsync(Sample.ProviderClinician, ubrn, "accept", new() { ["comments"] = "Clinic in May" }, 1, key);
        using var booked = await _app.CommandAsync(Sample.ProviderAdmin, ubrn, "book", Appointment(), 2);

        using var again = await _app.CommandAsync(Sample.ProviderClinician, ubrn, "accept", new() { ["comments"] = "Clinic in May" }, 1, key);

        Assert.Equal((200, 200, 200), ((int)first.StatusCode, (int)booked.StatusCode, (int)again.StatusCode));
        Assert.Equal(first.Headers.ETag, again.Headers.ETag);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        using var history = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}/history");
        Assert.Equal(3, (await history.JsonAsync())["versions"]!.AsArray().Count);
    }

    [Fact]
    public async Task An_idempotency_key_is_valid_for_one_request_of_one_organisation_on_one_referral()
    {
        var (ubrn, key) = (await SubmittedAsync(), Guid.NewGuid().ToString());
        using var first = await _app.CommandAsync(Sample.ProviderClinician, ubrn, "accept", [], 1, key);

        using var otherBody = await _app.CommandAsync(Sample.ProviderClinician, ubrn, "accept", new() { ["comments"] = "No" }, 1, key);
        using var otherCommand = await _app.CommandAsync(Sample.ProviderClinician, ubrn, "cancel", new() { ["reason"] = "TRIAGE_ENDED" }, 2, key);
        using var otherOrganisation = await _app.CommandAsync(Sample.ReferringClinician, ubrn, "cancel", new() { ["reason"] = "RAISED_IN_ERROR" }, 2, key);

        Assert.Equal((200, 422, 422, 200), ((int)first.StatusCode, (int)otherBody.StatusCode, (int)otherCommand.StatusCode, (int)otherOrganisation.StatusCode));
        Assert.Equal("CONFLICTING_VALUES", await CodeAsync(otherBody));
        Assert.Equal("CONFLICTING_VALUES", await CodeAsync(otherCommand));
    }

    [Fact]
    public async Task A_command_sent_ten_times_concurrently_with_one_key_runs_once_and_is_answered_ten_times()
    {
        var (ubrn, key) = (await SubmittedAsync(), Guid.NewGuid().ToString());

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _app.CommandAsync(Sample.ProviderClinician, ubrn, "accept", [], 1, key)));

        Assert.All(answers, answer => Assert.Equal((200, "W/\"2\""), ((int)answer.StatusCode, answer.Headers.ETag!.ToString())));
    }

    [Fact]
    public async Task A_provider_administrator_sees_booking_data_and_no_clinical_data()
    {
        var ubrn = await SubmittedAsync();
        using var accepted = await _app.CommandAsync(Sample.ProviderClinician, ubrn, "accept", new() { ["comments"] = "Angina" }, 1);

        using var response = await _app.CommandAsync(Sample.ProviderAdmin, ubrn, "book", Appointment(), 2);

        var view = await response.JsonAsync();
        Assert.Equal(("BOOKED", "Jones"), (view["state"]!.GetValue<string>(), view["patient"]!["familyName"]!.GetValue<string>()));
        Assert.All(["clinicalReason", "snomed", "comments", "attachments", "problems"], member => Assert.False(view.ContainsKey(member), member));
    }

    [Fact]
    public async Task Changed_letters_are_shown_to_the_hospital_and_reviewed_again()
    {
        var ubrn = await SubmittedAsync();
        using var accepted = await _app.CommandAsync(Sample.ProviderClinician, ubrn, "accept", [], 1);
        using var booked = await _app.CommandAsync(Sample.ProviderAdmin, ubrn, "book", Appointment(), 2);
        var letter = await _app.UploadAsync(Sample.ReferringClinician);

        using var changed = await _app.CommandAsync(Sample.ReferringClinician, ubrn, "letters", new() { ["attachments"] = new JsonArray(letter) }, 3);
        using var same = await _app.CommandAsync(Sample.ReferringClinician, ubrn, "letters", new() { ["attachments"] = new JsonArray(letter) }, 4);
        await _app.DrainAsync();

        Assert.Equal((200, 422, "NO_CHANGES_DETECTED"), ((int)changed.StatusCode, (int)same.StatusCode, await CodeAsync(same)));
        var after = await changed.JsonAsync();
        Assert.Equal(("LETTER_CHANGED", "PRESENT"), (after["review"]!.GetValue<string>(), after["letter"]!["status"]!.GetValue<string>()));
        Assert.Contains(ubrn, await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview));
        using var read = await _app.GetAsync(Sample.ProviderClinician, $"/v1/attachments/{letter}");
        Assert.Equal(200, (int)read.StatusCode);
    }

    [Fact]
    public async Task A_booked_and_reviewed_referral_that_the_practice_cancels_is_on_no_list_and_in_the_history_of_the_hospital()
    {
        var ubrn = await SubmittedAsync();
        using var accepted = await _app.CommandAsync(Sample.ProviderClinician, ubrn, "accept", [], 1);
        using var booked = await _app.CommandAsync(Sample.ProviderAdmin, ubrn, "book", Appointment(), 2);

        using var cancelled = await _app.CommandAsync(Sample.ReferringClinician, ubrn, "cancel", new() { ["reason"] = "PATIENT_DIED" }, 3);
        await _app.SettleAsync();

        Assert.Equal("CANCELLED_REFERRAL", (await cancelled.JsonAsync())["state"]!.GetValue<string>());
        foreach (var list in WorklistRules.ProviderLists) Assert.DoesNotContain(ubrn, await _app.ListedAsync(Sample.ProviderClinician, list));
        foreach (var list in WorklistRules.ReferrerLists) Assert.DoesNotContain(ubrn, await _app.ListedAsync(Sample.ReferringClinician, list));
        using var read = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}");
        Assert.Equal("cancelled", (await read.JsonAsync())["status"]!.GetValue<string>());
        using var history = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}/history");
        Assert.Equal("CANCELLED", (await history.JsonAsync())["versions"]!.AsArray()[^1]!["what"]!.GetValue<string>());
    }

    [Fact]
    public async Task Every_letter_of_another_referral_or_organisation_is_rejected_by_name()
    {
        var (ubrn, other) = (await SubmittedAsync(), await SubmittedAsync());
        var taken = await _app.UploadAsync(Sample.ReferringClinician, other);
        var foreign = await _app.UploadAsync(Sample.ProviderClinician);
        var fine = await _app.UploadAsync(Sample.ReferringClinician);

        using var response = await _app.CommandAsync(
            Sample.ReferringClinician, ubrn, "letters", new() { ["attachments"] = new JsonArray(taken, fine, foreign, Guid.NewGuid().ToString()) }, 1);

        Assert.Equal(
            ["/attachments/0 INAPPROPRIATE_VALUE", "/attachments/2 INAPPROPRIATE_VALUE", "/attachments/3 REFERENCE_NOT_FOUND"],
            (await response.JsonAsync())["errors"]!.AsArray().Select(error => $"{error!["pointer"]} {error["code"]}"));
    }

    [Fact]
    public async Task A_redirected_referral_moves_to_the_new_hospital_and_the_old_one_may_still_read_it()
    {
        var elsewhere = Sample.ProviderClinician with { Organisation = "RCD" };
        var ubrn = await SubmittedAsync();
        using var returned = await _app.CommandAsync(Sample.ProviderClinician, ubrn, "return", new() { ["comments"] = "Not ours" }, 1);

        using var redirected = await _app.CommandAsync(
            Sample.ReferringClinician, ubrn, "redirect", new() { ["service"] = "60001", ["priority"] = "TWO_WEEK_WAIT", ["reason"] = "Their clinic is right" },
            2);
        await _app.DrainAsync();

        Assert.Equal((200, "AWAITING_TRIAGE"), ((int)redirected.StatusCode, (await redirected.JsonAsync())["state"]!.GetValue<string>()));
        Assert.Contains(ubrn, await _app.ListedAsync(elsewhere, Worklist.ReferralsForReview));
        Assert.DoesNotContain(ubrn, await _app.ListedAsync(Sample.ReferringClinician, Worklist.RejectedTriageResponse));
        using var old = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}");
        using var tried = await _app.CommandAsync(Sample.ProviderClinician, ubrn, "accept", [], 3);
        using var accepted = await _app.CommandAsync(elsewhere, ubrn, "accept", [], 3);
        Assert.Equal((200, 403, 200), ((int)old.StatusCode, (int)tried.StatusCode, (int)accepted.StatusCode));
    }

    [Theory]
    [InlineData("redirect", """{"service":"99999"}""", "/service", "REFERENCE_NOT_FOUND")]
    [InlineData("redirect", """{}""", "/service", "MISSING_VALUE")]
    [InlineData("letters", """{"attachments":[]}""", "/attachments", "MISSING_VALUE")]
    [InlineData("cancel", """{"reason":"PATIENT_REQUEST_CANCELLATION_OTHER"}""", "/comments", "MISSING_VALUE")]
    [InlineData("cancel", """{"reason":"PATIENT_ILL"}""", "/reason", "INVALID_CODE")]
    [InlineData("cancel", """{"reason":"PATIENT_DIED","sure":true}""", "/sure", "UNEXPECTED_FIELD")]
    public async Task A_rejected_command_states_the_field_and_the_reason(string command, string body, string pointer, string code)
    {
        var submission = JourneySteps.Submission("URGENT", "11000");
        var ubrn = await SubmittedAsync(submission);

        using var response = await _app.CommandAsync(Sample.ReferringClinician, ubrn, command, (JsonObject)JsonNode.Parse(body)!, 1);

        var error = (await response.JsonAsync())["errors"]!.AsArray().Single()!;
        Assert.Equal((422, pointer, code), ((int)response.StatusCode, error["pointer"]!.GetValue<string>(), error["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_appointment_in_the_past_cannot_be_booked()
    {
        var ubrn = await SubmittedAsync(JourneySteps.Submission("URGENT", "11000"));

        using var response = await _app.CommandAsync(
            Sample.ProviderAdmin, ubrn, "book", new() { ["start"] = "2020-01-01T09:00:00Z", ["end"] = "2020-01-01T09:20:00Z" }, 1);

        Assert.Equal((422, "INVALID_VALUE"), ((int)response.StatusCode, await CodeAsync(response)));
    }

    [Fact]
    public async Task The_referrer_sees_when_the_provider_first_opened_a_referral_and_the_version_does_not_change()
    {
        var ubrn = await SubmittedAsync();
        using var unopened = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");
        using var byProvider = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}");
        using var first = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");
        using var byProviderAgain = await _app.GetAsync(Sample.ProviderClinician with { User = "921600556514" }, $"/v1/referrals/{ubrn}");
        using var second = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");

        var opened = (await first.JsonAsync())["firstOpened"]!;
        Assert.Equal(("R69", "SERVICE_PROVIDER_CLINICIAN"), (opened["organisation"]!.GetValue<string>(), opened["role"]!.GetValue<string>()));
        Assert.Equal((null, null), ((await unopened.JsonAsync())["firstOpened"], (await byProvider.JsonAsync())["firstOpened"]));
        Assert.Equal(opened.ToJsonString(), (await second.JsonAsync())["firstOpened"]!.ToJsonString());
        Assert.Equal(unopened.Headers.ETag, second.Headers.ETag);
    }

    private async Task<string> SubmittedAsync(JsonObject? submission = null)
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, submission);
        await _app.DrainAsync();
        return ubrn;
    }

    private static JsonObject Appointment() => new()
    {
        ["start"] = DateTimeOffset.UtcNow.AddDays(20), ["end"] = DateTimeOffset.UtcNow.AddDays(20).AddMinutes(20), ["location"] = "Clinic 3",
    };

    private static async Task<string> CodeAsync(HttpResponseMessage response) => (await response.JsonAsync())["errors"]![0]!["code"]!.GetValue<string>();
}
