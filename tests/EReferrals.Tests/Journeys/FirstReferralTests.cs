using System.Globalization;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Tests.Journeys;

[Collection(Journey.Name)]
public class FirstReferralTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task A_referral_travels_from_the_practice_to_the_hospital_and_back()
    {
        using var response = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission());
        var ubrn = (await response.JsonAsync())["ubrn"]!.GetValue<string>();
        Assert.Equal(($"/v1/referrals/{ubrn}", "1"), (response.Headers.Location!.ToString(), response.Headers.GetValues("Retry-After").Single()));
        await _app.DrainAsync();

        Assert.Contains(ubrn, await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview));
        Assert.Contains(ubrn, await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking));
        Assert.Contains(ubrn, await _app.ListedAsync(Sample.ReferringClinician, Worklist.LettersOutstanding));

        using var accepted = await _app.PostAsync(
            Sample.ProviderClinician, $"/v1/referrals/{ubrn}/accept", new JsonObject { ["comments"] = "Clinic in May" }, ("If-Match", "W/\"1\""));
        Assert.Equal((200, "W/\"2\""), ((int)accepted.StatusCode, accepted.Headers.ETag!.ToString()));
        Assert.Equal("TRIAGED_PROVIDER_TO_ACTION", (await accepted.JsonAsync())["state"]!.GetValue<string>());
        await _app.DrainAsync();

        Assert.DoesNotContain(ubrn, await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview));
        Assert.Contains(ubrn, await _app.ListedAsync(Sample.ProviderClinician, Worklist.AppointmentsForBooking));
        Assert.DoesNotContain(ubrn, await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking));
    }

    [Fact]
    public async Task A_returned_referral_appears_on_its_referrers_list_with_the_advice()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();

        using var returned = await _app.PostAsync(
            Sample.ProviderClinician, $"/v1/referrals/{ubrn}/return", new JsonObject { ["comments"] = "Statins first" }, ("If-Match", "W/\"1\""));
        Assert.Equal(200, (int)returned.StatusCode);
        await _app.DrainAsync();

        Assert.Contains(ubrn, await _app.ListedAsync(Sample.ReferringClinician, Worklist.RejectedTriageResponse));
        using var read = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");
        var referral = await read.JsonAsync();
        Assert.Equal(("TRIAGE_RESPONSE", "Statins first"), (referral["state"]!.GetValue<string>(), referral["comments"]!.GetValue<string>()));
    }

    [Fact]
    public async Task The_history_shows_every_version()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        using var accepted = await _app.PostAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}/accept", new JsonObject(), ("If-Match", "W/\"1\""));
        accepted.EnsureSuccessStatusCode();

        using var response = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}/history");

        var versions = (await response.JsonAsync())["versions"]!.AsArray();
        Assert.Equal(
            ["1 SUBMITTED 021600556514 AWAITING_TRIAGE", "2 ACCEPTED 103264994981 TRIAGED_PROVIDER_TO_ACTION"],
            versions.Select(version => $"{version!["version"]} {version["what"]} {version["by"]!["user"]} {version["to"]}"));
    }

    [Fact]
    public async Task A_submission_to_an_unknown_service_is_rejected_while_the_directory_responds()
    {
        using var response = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission(service: "99999"));

        Assert.Equal(422, (int)response.StatusCode);
        var error = (await response.JsonAsync())["errors"]!.AsArray().Single()!;
        Assert.Equal(("/service", "REFERENCE_NOT_FOUND"), (error["pointer"]!.GetValue<string>(), error["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task The_same_key_and_body_return_the_same_number_and_create_one_referral()
    {
        var key = Guid.NewGuid().ToString();
        var first = await _app.SubmitAsync(Sample.ReferringClinician, key: key);
        var second = await _app.SubmitAsync(Sample.ReferringClinician, key: key);
        await _app.DrainAsync();

        Assert.Equal(first, second);
        Assert.Single(await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview), ubrn => ubrn == first);
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_rejected()
    {
        var key = Guid.NewGuid().ToString();
        await _app.SubmitAsync(Sample.ReferringClinician, key: key);

        using var response = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission("ROUTINE"), ("Idempotency-Key", key));

        Assert.Equal(422, (int)response.StatusCode);
        Assert.Equal("CONFLICTING_VALUES", (await response.JsonAsync())["errors"]![0]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_number_that_was_issued_and_not_yet_processed_is_reported_as_queued()
    {
        await _app.Local.PauseTriggersAsync();
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);

        using var queued = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");
        _app.Local.ResumeTriggers();
        await _app.DrainAsync();
        using var there = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");
        using var never = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{Ubrn.FromSequence(99_999_999_999)}");

        Assert.Equal((202, 200, 404), ((int)queued.StatusCode, (int)there.StatusCode, (int)never.StatusCode));
        Assert.Equal("QUEUED", (await queued.JsonAsync())["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_command_must_name_the_version_that_was_read()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        var path = $"/v1/referrals/{ubrn}/accept";

        using var without = await _app.PostAsync(Sample.ProviderClinician, path, new JsonObject());
        using var stale = await _app.PostAsync(Sample.ProviderClinician, path, new JsonObject(), ("If-Match", "W/\"7\""));
        using var malformed = await _app.PostAsync(Sample.ProviderClinician, path, new JsonObject(), ("If-Match", "1"));

        Assert.Equal((428, 409, 400), ((int)without.StatusCode, (int)stale.StatusCode, (int)malformed.StatusCode));
    }

    [Fact]
    public async Task Of_two_concurrent_decisions_one_succeeds()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            _app.PostAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}/accept", new JsonObject(), ("If-Match", "W/\"1\""))));

        Assert.Equal((1, 7), (answers.Count(answer => (int)answer.StatusCode == 200), answers.Count(answer => (int)answer.StatusCode == 409)));
    }

    [Fact]
    public async Task A_hospital_without_a_relationship_cannot_read_the_referral()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        var stranger = Sample.ProviderClinician with { Organisation = "RCD" };

        using var read = await _app.GetAsync(stranger, $"/v1/referrals/{ubrn}");
        using var history = await _app.GetAsync(stranger, $"/v1/referrals/{ubrn}/history");
        using var accept = await _app.PostAsync(stranger, $"/v1/referrals/{ubrn}/accept", new JsonObject(), ("If-Match", "W/\"1\""));

        Assert.Equal((403, 403, 403), ((int)read.StatusCode, (int)history.StatusCode, (int)accept.StatusCode));
        Assert.DoesNotContain(ubrn, await _app.ListedAsync(stranger, Worklist.ReferralsForReview));
    }

    [Fact]
    public async Task A_worklist_is_read_page_by_page_in_order_and_then_by_its_changes()
    {
        // A hospital of its own, so that nothing else is on its list.
        var provider = Sample.ProviderClinician with { Organisation = "RPG" };
        var service = await _app.DefineServiceAsync(provider.Organisation);
        foreach (var (priority, days) in new[] { ("ROUTINE", 30), ("TWO_WEEK_WAIT", 1), ("URGENT", 2), ("URGENT", 20), ("TWO_WEEK_WAIT", 3) })
        {
            var submission = JourneySteps.Submission(priority, service);
            submission["pathwayStart"] = DateTimeOffset.UtcNow.AddDays(-days).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            await _app.SubmitAsync(Sample.ReferringClinician, submission);
        }

        await _app.DrainAsync();
        var pages = new List<JsonObject>();
        for (string? cursor = ""; cursor is not null; cursor = pages[^1]["next"]?.GetValue<string>())
        {
            using var page = await _app.GetAsync(provider, $"/v1/worklists/REFERRALS_FOR_REVIEW?limit=2{(cursor == "" ? "" : "&cursor=" + cursor)}");
            pages.Add(await page.JsonAsync());
        }

        Assert.Equal([2, 2, 1], pages.Select(page => page["entries"]!.AsArray().Count));
        Assert.Single(pages.Select(page => page["changes"]!.GetValue<string>()).Distinct());
        Assert.Equal(
            ["TWO_WEEK_WAIT", "TWO_WEEK_WAIT", "URGENT", "URGENT", "ROUTINE"],
            pages.SelectMany(page => page["entries"]!.AsArray()).Select(entry => entry!["priority"]!.GetValue<string>()));

        var next = await _app.SubmitAsync(Sample.ReferringClinician, JourneySteps.Submission("ROUTINE", service));
        await _app.DrainAsync();
        using var changes = await _app.GetAsync(provider, $"/v1/worklists/REFERRALS_FOR_REVIEW/changes?since={pages[0]["changes"]}");
        var change = (await changes.JsonAsync())["changes"]!.AsArray().Single()!;
        Assert.Equal((next, "PUT"), (change["ubrn"]!.GetValue<string>(), change["change"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_unchanged_worklist_returns_304()
    {
        // A hospital of its own: on the list of one that others use, a change that is retried could arrive between the two reads.
        var provider = Sample.ProviderClinician with { Organisation = "RPJ" };
        await _app.SubmitAsync(Sample.ReferringClinician, JourneySteps.Submission(service: await _app.DefineServiceAsync(provider.Organisation)));
        await _app.DrainAsync();
        using var first = await _app.GetAsync(provider, "/v1/worklists/REFERRALS_FOR_REVIEW");
        using var again = await _app.GetAsync(provider, "/v1/worklists/REFERRALS_FOR_REVIEW", ("If-None-Match", first.Headers.ETag!.ToString()));

        Assert.Equal((200, 304), ((int)first.StatusCode, (int)again.StatusCode));
        Assert.Equal(0, again.Content.Headers.ContentLength ?? 0);
    }

    [Fact]
    public async Task Lists_of_the_other_side_return_403_and_unknown_lists_404()
    {
        using var otherSide = await _app.GetAsync(Sample.ReferringClinician, "/v1/worklists/REFERRALS_FOR_REVIEW");
        using var unknown = await _app.GetAsync(Sample.ReferringClinician, "/v1/worklists/NO_SUCH_LIST");
        using var badQuery = await _app.GetAsync(Sample.ReferringClinician, "/v1/worklists/AWAITING_BOOKING?limit=0&cursor=x&prority=URGENT");

        Assert.Equal((403, 404, 400), ((int)otherSide.StatusCode, (int)unknown.StatusCode, (int)badQuery.StatusCode));
        Assert.Equal(3, (await badQuery.JsonAsync())["errors"]!.AsArray().Count);
    }
}
