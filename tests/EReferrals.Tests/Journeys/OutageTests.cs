using System.Text;
using System.Text.Json.Nodes;
using EReferrals.Local.ServiceBusEmulator.Broker;
using EReferrals.Referrals.Lists;

namespace EReferrals.Tests.Journeys;

/// <summary>Behaviour while a dependency is down. Every test restores what it stopped.</summary>
[Collection(UsesStoppableApp.Name)]
public class OutageTests(StoppableApp stoppable)
{
    private const string UnknownService = "99998";

    private readonly RunningApp _app = stoppable.App;

    [Fact]
    public async Task A_referral_to_an_unknown_service_accepted_while_the_directory_is_down_is_returned_as_rejected_with_the_reason()
    {
        string ubrn;
        await using (await stoppable.WithoutRecordsAsync())
        {
            ubrn = await _app.SubmitAsync(Sample.ReferringClinician, JourneySteps.Submission(service: UnknownService));
        }

        await stoppable.SettleAsync();

        Assert.Single(await _app.ListedAsync(Sample.ReferringClinician, Worklist.RejectedTriageResponse), ubrn);
        using var read = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");
        var referral = await read.JsonAsync();
        Assert.Equal(("REJECTED", "SERVICE_INAPPROPRIATE"), ((string)referral["state"]!, (string)referral["reason"]!));
        Assert.Contains(UnknownService, (string)referral["comments"]!, StringComparison.Ordinal);
        using var history = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}/history");
        Assert.Equal("system", (string)(await history.JsonAsync())["versions"]!.AsArray().Single()!["by"]!["role"]!);
    }

    [Fact]
    public async Task A_key_accepted_twice_while_the_records_store_is_down_creates_one_referral_and_an_alias()
    {
        var key = Guid.NewGuid().ToString();
        string[] ubrns;
        await using (await stoppable.WithoutRecordsAsync())
        {
            ubrns = [await _app.SubmitAsync(Sample.ReferringClinician, key: key), await _app.SubmitAsync(Sample.ReferringClinician, key: key)];
        }

        await stoppable.SettleAsync();

        Assert.Equal(2, ubrns.Distinct().Count());
        var forReview = await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview);
        var first = Assert.Single(ubrns, forReview.Contains);
        Assert.Single(forReview, first);
        var alias = ubrns.Single(ubrn => ubrn != first);
        Assert.Single(await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking), ubrn => ubrns.Contains(ubrn));
        foreach (var (method, tail) in new[] { (HttpMethod.Get, ""), (HttpMethod.Get, "/history"), (HttpMethod.Post, "/accept"), (HttpMethod.Post, "/return") })
        {
            var body = method == HttpMethod.Get ? null : new JsonObject { ["comments"] = "Clinic in May" };
            using var request = await _app.RequestAsync(
                Sample.ProviderClinician, method, $"/v1/referrals/{alias}{tail}", body is null ? null : JsonContent(body));
            request.Headers.TryAddWithoutValidation("If-Match", "W/\"1\"");
            using var response = await stoppable.NotFollowing.SendAsync(request);
            Assert.Equal((307, $"/v1/referrals/{first}{tail}"), ((int)response.StatusCode, response.Headers.Location?.ToString()));
        }

        // A further repeat returns the number of the existing referral.
        Assert.Equal(first, await _app.SubmitAsync(Sample.ReferringClinician, key: key));
    }

    [Fact]
    public async Task A_repeat_after_a_lost_broker_response_creates_one_referral()
    {
        var key = Guid.NewGuid().ToString();
        _app.Local.Broker.Faults.SendFailure = SendFailure.AfterWrite;
        _app.Local.Broker.Faults.SendFailureRate = 1;
        using var lost = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission(key: key), ("Idempotency-Key", key));
        _app.Local.Broker.Faults.Clear();

        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, key: key);
        await stoppable.SettleAsync();

        await lost.ProblemAsync(503);
        Assert.True(lost.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        Assert.Single(await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview), ubrn);
    }

    [Fact]
    public async Task A_key_accepted_twice_while_the_records_store_hangs_is_listed_once()
    {
        var key = Guid.NewGuid().ToString();
        var records = _app.Local.Azurite!.Records;
        await records.FreezeAsync();
        string[] ubrns = [await _app.SubmitAsync(Sample.ReferringClinician, key: key), await _app.SubmitAsync(Sample.ReferringClinician, key: key)];
        await records.ThawAsync();

        await stoppable.SettleAsync();

        Assert.Single(await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview), ubrn => ubrns.Contains(ubrn));
        Assert.Single(await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking), ubrn => ubrns.Contains(ubrn));
        Assert.Single((await Task.WhenAll(ubrns.Select(StandsForAsync))).Distinct());
    }

    [Fact]
    public async Task Nothing_is_lost_or_doubled_when_a_third_of_all_sends_fail()
    {
        _app.Local.Broker.Faults.Seed = 7;
        _app.Local.Broker.Faults.SendFailure = SendFailure.BeforeOrAfterWrite;
        _app.Local.Broker.Faults.SendFailureRate = 1 / 3.0;
        var accepted = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => AcceptedInTheEndAsync(Guid.NewGuid().ToString())));
        await _app.Local.DrainAsync();
        _app.Local.Broker.Faults.Clear();
        await stoppable.SettleAsync();
        // A repeat whose key was not found in time has its own number.
        var ubrns = await Task.WhenAll(accepted.Select(StandsForAsync));

        Assert.Equal(30, ubrns.Distinct().Count());
        var forReview = await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview);
        var awaiting = await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking);
        Assert.All(ubrns, ubrn => Assert.Single(forReview, ubrn));
        Assert.All(ubrns, ubrn => Assert.Single(awaiting, ubrn));
    }

    [Fact]
    public async Task A_submission_is_rejected_with_Retry_After_while_the_broker_refuses_sends()
    {
        var before = await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking);
        _app.Local.Broker.Faults.RefuseAllSends = true;
        using var refused = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission());
        _app.Local.Broker.Faults.Clear();
        await stoppable.SettleAsync();

        await refused.ProblemAsync(503);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        Assert.Equal(before, await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking));
    }

    [Fact]
    public async Task A_command_whose_follow_up_message_cannot_be_sent_changes_nothing()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await stoppable.SettleAsync();
        _app.Local.Broker.Faults.RefuseSends("referral-follow-up");
        using var refused = await AcceptAsync(ubrn);
        _app.Local.Broker.Faults.Clear();

        await refused.ProblemAsync(503);
        using var read = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}");
        Assert.Equal(("W/\"1\"", "AWAITING_TRIAGE"), (read.Headers.ETag!.ToString(), (string)(await read.JsonAsync())["state"]!));
    }

    [Fact]
    public async Task A_referral_is_rejected_soon_while_the_broker_is_busy_and_a_repeat_creates_one()
    {
        var key = Guid.NewGuid().ToString();
        var before = await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking);
        using var refused = await WhileBusyAsync(
            () => _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission(key: key), ("Idempotency-Key", key)));
        await stoppable.SettleAsync();
        var listedAfterwards = await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking);
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, key: key);
        await stoppable.SettleAsync();

        await refused.ProblemAsync(503);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        Assert.Equal(before, listedAfterwards);
        Assert.Equal(before.Append(ubrn).Order(), (await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking)).Order());
    }

    [Fact]
    public async Task Many_concurrent_referrals_are_each_rejected_soon_while_the_broker_is_busy()
    {
        var before = await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking);
        // The first sends are still running when the others arrive. The others wait for them and are sent together.
        var refused = await WhileBusyAsync(() => Task.WhenAll(Enumerable.Range(0, 12).Select(
            _ => _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission()))));
        await stoppable.SettleAsync();

        Assert.All(refused, answer => Assert.Equal((503, true), ((int)answer.StatusCode, answer.Headers.RetryAfter?.Delta > TimeSpan.Zero)));
        Assert.Equal(before, await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking));
    }

    [Theory]
    [InlineData("accept", "{}", false)]
    [InlineData("return", """{"comments":"Elsewhere, please"}""", false)]
    [InlineData("cancel", """{"reason":"PATIENT_DIED"}""", true)]
    public async Task A_command_is_rejected_soon_and_changes_nothing_while_the_broker_is_busy(string command, string body, bool byReferrer)
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await stoppable.SettleAsync();
        using var refused = await WhileBusyAsync(
            () =>
                _app.CommandAsync(
                    byReferrer ? Sample.ReferringClinician : Sample.ProviderClinician, ubrn, command, JsonNode.Parse(body)!.AsObject(), version: 1));
        await stoppable.SettleAsync();

        await refused.ProblemAsync(503);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        using var read = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}");
        Assert.Equal(("W/\"1\"", "AWAITING_TRIAGE"), (read.Headers.ETag!.ToString(), (string)(await read.JsonAsync())["state"]!));
        Assert.Single(await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview), ubrn);
    }

    [Fact]
    public async Task A_command_that_could_not_be_announced_reaches_the_lists_through_its_follow_up()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await stoppable.SettleAsync();
        _app.Local.Broker.Faults.RefuseSends("worklist-changes");
        using var accepted = await AcceptAsync(ubrn);
        _app.Local.Broker.Faults.Clear();

        Assert.Equal(200, (int)accepted.StatusCode);
        await stoppable.SettleAsync();
        Assert.DoesNotContain(ubrn, await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview));
        Assert.Single(await _app.ListedAsync(Sample.ProviderClinician, Worklist.AppointmentsForBooking), ubrn);
    }

    [Fact]
    public async Task Duplicate_deliveries_of_every_message_leave_one_referral_one_entry_and_one_letter()
    {
        using var cursor = await _app.GetAsync(Sample.ProviderClinician, "/v1/worklists/REFERRALS_FOR_REVIEW?limit=1");
        var since = (string)(await cursor.JsonAsync())["changes"]!;
        _app.Local.Broker.Faults.DeliverEverythingTwice = true;
        var letter = await _app.AvailableAsync(Sample.ReferringClinician);
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(letter));
        await stoppable.SettleAsync();
        var listed = await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview);
        using var accepted = await AcceptAsync(ubrn);
        await stoppable.SettleAsync();
        _app.Local.Broker.Faults.Clear();

        Assert.Single(listed, ubrn);
        Assert.Equal(200, (int)accepted.StatusCode);
        Assert.DoesNotContain(ubrn, await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview));
        Assert.Single(await _app.ListedAsync(Sample.ProviderClinician, Worklist.AppointmentsForBooking), ubrn);
        using var changes = await _app.GetAsync(Sample.ProviderClinician, $"/v1/worklists/REFERRALS_FOR_REVIEW/changes?since={since}");
        Assert.Equal(
            ["1 PUT", "2 REMOVED"],
            (await changes.JsonAsync())["changes"]!.AsArray().Where(change => (string)change!["ubrn"]! == ubrn)
                .Select(change => $"{change!["version"]} {change["change"]}"));
        using var history = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}/history");
        Assert.Equal(2, (await history.JsonAsync())["versions"]!.AsArray().Count);
        using var read = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}");
        Assert.Equal(letter, (string)(await read.JsonAsync())["attachments"]!.AsArray().Single()!["id"]!);
    }

    [Fact]
    public async Task A_worklist_can_be_read_with_its_age_while_the_records_store_is_down()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await stoppable.SettleAsync();
        using var live = await _app.GetAsync(Sample.ProviderClinician, "/v1/worklists/REFERRALS_FOR_REVIEW");
        Assert.Equal("live", (string)(await live.JsonAsync())["source"]!);

        await using (await stoppable.WithoutRecordsAsync())
        {
            using var remembered = await StoppableApp.WhenAsync(
                () => _app.GetAsync(Sample.ProviderClinician, "/v1/worklists/REFERRALS_FOR_REVIEW"), response => response.Headers.Contains("Warning"));
            var list = await remembered.JsonAsync();
            Assert.NotEqual("live", (string)list["source"]!);
            Assert.True(remembered.Headers.Age >= TimeSpan.Zero);
            Assert.Contains(ubrn, list["entries"]!.AsArray().Select(entry => (string)entry!["ubrn"]!));
            using var unknown = await _app.GetAsync(Sample.ProviderClinician with { Organisation = "RCD" }, "/v1/worklists/APPOINTMENTS_FOR_BOOKING");
            await unknown.ProblemAsync(503);
            using var referral = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}");
            await referral.ProblemAsync(503);
        }
    }

    private async Task<string> StandsForAsync(string ubrn)
    {
        using var request = await _app.RequestAsync(Sample.ReferringClinician, HttpMethod.Get, $"/v1/referrals/{ubrn}");
        using var response = await stoppable.NotFollowing.SendAsync(request);
        Assert.True((int)response.StatusCode is 200 or 307, $"{ubrn} answers {(int)response.StatusCode}");
        return response.Headers.Location is { } first ? first.ToString().Split('/')[^1] : ubrn;
    }

    private async Task<string> AcceptedInTheEndAsync(string key)
    {
        while (true)
        {
            using var response = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission(key: key), ("Idempotency-Key", key));
            if ((int)response.StatusCode == 202) return (string)(await response.JsonAsync())["ubrn"]!;
            await response.ProblemAsync(503);
        }
    }

    /// <summary>Returns the response while the broker reports itself busy. Fails after nine seconds: the client alone would take ten.</summary>
    private async Task<T> WhileBusyAsync<T>(Func<Task<T>> ask)
    {
        _app.Local.Broker.Faults.Busy = true;
        try
        {
            return await ask().WaitAsync(TimeSpan.FromSeconds(9));
        }
        finally
        {
            _app.Local.Broker.Faults.Clear();
        }
    }

    private Task<HttpResponseMessage> AcceptAsync(string ubrn) =>
        _app.PostAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}/accept", new JsonObject(), ("If-Match", "W/\"1\""));

    private static StringContent JsonContent(JsonObject body) => new(body.ToJsonString(), Encoding.UTF8, "application/json");
}
