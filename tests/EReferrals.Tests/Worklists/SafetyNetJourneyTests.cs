using System.Text.Json.Nodes;
using Azure.Data.Tables;
using EReferrals.Referrals.Lists;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Journeys;
using EReferrals.Worklists.SafetyNet;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests.Worklists;

[Collection(Journey.Name)]
public class SafetyNetJourneyTests
{
    [Fact]
    public async Task An_overdue_referral_is_marked_on_the_lists_in_the_feed_and_in_the_counts_until_it_is_dealt_with()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(builder => builder.Services.AddSingleton<TimeProvider>(clock));
        var urgent = await app.SubmitAsync(Sample.ReferringClinician, JourneySteps.Submission("URGENT"));
        var soon = await app.SubmitAsync(Sample.ReferringClinician, JourneySteps.Submission("TWO_WEEK_WAIT"));
        await app.DrainAsync();
        var unmarked = await EntriesAsync(app);
        using var poll = await app.GetAsync(Sample.ProviderClinician, "/v1/worklists/REFERRALS_FOR_REVIEW");
        var cursor = (await poll.JsonAsync())["changes"];

        clock.Advance(TimeSpan.FromHours(25));
        await SweepAsync(app);
        var afterADay = await EntriesAsync(app);
        var summaryAfterADay = await SummaryAsync(app);
        using var pollAgain = await app.GetAsync(
            Sample.ProviderClinician, "/v1/worklists/REFERRALS_FOR_REVIEW", ("If-None-Match", poll.Headers.ETag!.ToString()));
        clock.Advance(TimeSpan.FromDays(5));
        await SweepAsync(app);
        await SweepAsync(app);
        var afterAWeek = await EntriesAsync(app);
        var summaryAfterAWeek = await SummaryAsync(app);
        var counts = await app.Services.GetRequiredService<SafetyNetTable>().FindAsync(default);
        using var feed = await app.GetAsync(Sample.ProviderClinician, $"/v1/worklists/REFERRALS_FOR_REVIEW/changes?since={cursor}");

        Assert.Equal((null, null), (unmarked[soon]["overdue"], unmarked[urgent]["overdue"]));
        Assert.Equal(("REVIEW", null), (Marks(afterADay[soon])[..6], afterADay[urgent]["overdue"]));
        Assert.Equal(200, (int)pollAgain.StatusCode);
        Assert.Equal(((2, 1), (2, 2)), (summaryAfterADay, summaryAfterAWeek));
        Assert.Equal(("REVIEW LETTER", "REVIEW LETTER"), (Marks(afterAWeek[soon]), Marks(afterAWeek[urgent])));
        Assert.Equal("OVERDUE", afterAWeek[urgent]["letter"]!["status"]!.GetValue<string>());
        Assert.Equal((1, 1, 2), (counts!.TwoWeekWaitNotReviewed, counts.UrgentNotReviewed, counts.LettersOverdue));
        Assert.Equal(
            afterAWeek.Values.Select(entry => entry.ToJsonString()).Order(),
            (await feed.JsonAsync())["changes"]!.AsArray().GroupBy(change => change!["ubrn"]!.GetValue<string>())
                .Select(ofOne => ofOne.Last()!["entry"]!.ToJsonString()).Order());

        using var accepted = await app.CommandAsync(Sample.ProviderClinician, soon, "accept", [], 1);
        using var ended = await app.CommandAsync(Sample.ReferringClinician, urgent, "cancel", new() { ["reason"] = "PATIENT_DIED" }, 1);
        await SweepAsync(app);
        counts = await app.Services.GetRequiredService<SafetyNetTable>().FindAsync(default);
        Assert.Equal((0, 0), (counts!.TwoWeekWaitNotReviewed, counts.UrgentNotReviewed));
    }

    [Fact]
    public async Task An_overdue_referral_keeps_naming_its_possible_duplicates_and_is_marked_when_another_comes()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(builder => builder.Services.AddSingleton<TimeProvider>(clock));
        var submission = JourneySteps.Submission("TWO_WEEK_WAIT");
        var (first, second) = (await app.SubmitAsync(Sample.ReferringClinician, submission), await app.SubmitAsync(Sample.ReferringClinician, submission));
        await app.DrainAsync();

        clock.Advance(TimeSpan.FromHours(25));
        await SweepAsync(app);
        var afterADay = await EntriesAsync(app);
        var third = await app.SubmitAsync(Sample.ReferringClinician, submission);
        await app.DrainAsync();
        clock.Advance(TimeSpan.FromSeconds(2));
        var afterAnother = await EntriesAsync(app);

        Assert.Equal(("REVIEW", second), (Marks(afterADay[first])[..6], DuplicateSteps.Names(afterADay[first].AsObject())));
        Assert.Equal("REVIEW", Marks(afterAnother[first])[..6]);
        Assert.Equal(new[] { second, third }.Order(), DuplicateSteps.Names(afterAnother[first].AsObject()).Split(' ').Order());
        Assert.Equal(new[] { first, second }.Order(), DuplicateSteps.Names(afterAnother[third].AsObject()).Split(' ').Order());
    }

    [Fact]
    public async Task An_unreadable_list_does_not_stop_the_marks_of_other_lists_and_delays_the_counts()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(builder => builder.Services.AddSingleton<TimeProvider>(clock));
        var table = new TableClient(app.Local.Azurite!.Records.ConnectionString, TableKeys.Worklists);
        // As many lists as are processed concurrently, with names that sort before all others.
        WorklistName[] unreadable = [.. Enumerable.Range(0, 8).Select(number => new WorklistName($"A{number}", Worklist.ReferralsForReview))];
        foreach (var list in unreadable)
        {
            await table.AddEntityAsync(new TableEntity(TableKeys.AllWorklists, TableKeys.ListedWorklist(list)) { ["Name"] = list.ToString() });
            await table.AddEntityAsync(new TableEntity(list.ToString(), $"{TableKeys.EntriesFrom}{list}") { ["Entry"] = "no JSON", ["Marks"] = 1 });
        }

        var ubrn = await app.SubmitAsync(Sample.ReferringClinician, JourneySteps.Submission("TWO_WEEK_WAIT"));
        await app.DrainAsync();
        clock.Advance(TimeSpan.FromHours(25));

        var failed = await Assert.ThrowsAsync<AggregateException>(() => SweepAsync(app));
        await app.DrainAsync();
        var marked = await EntriesAsync(app);
        var countsBefore = await app.Services.GetRequiredService<SafetyNetTable>().FindAsync(default);
        foreach (var list in unreadable) await table.DeleteEntityAsync(list.ToString(), $"{TableKeys.EntriesFrom}{list}");
        await SweepAsync(app);
        var counts = await app.Services.GetRequiredService<SafetyNetTable>().FindAsync(default);

        Assert.Equal(unreadable.Length, failed.InnerExceptions.Count);
        Assert.StartsWith("REVIEW", Marks(marked[ubrn]));
        Assert.Null(countsBefore);
        Assert.Equal(1, counts!.TwoWeekWaitNotReviewed);
    }

    private static async Task SweepAsync(RunningApp app)
    {
        app.ForgetTokens();
        await app.DrainAsync();
        await app.Services.GetRequiredService<SafetyNetSweep>().SweepAsync(default);
        await app.DrainAsync();
    }

    private static async Task<(int Count, int Overdue)> SummaryAsync(RunningApp app)
    {
        using var response = await app.ReadPatientlyAsync(Sample.ProviderClinician, "/v1/worklists");
        var list = (await response.JsonAsync())["worklists"]!.AsArray().Single(list => (string?)list!["list"] == "REFERRALS_FOR_REVIEW")!;
        return ((int)list["count"]!, (int)list["overdue"]!);
    }

    private static string Marks(JsonObject entry) => string.Join(' ', entry["overdue"]!.AsArray().Select(mark => mark!.GetValue<string>()));

    private static async Task<IReadOnlyDictionary<string, JsonObject>> EntriesAsync(RunningApp app)
    {
        using var response = await app.ReadPatientlyAsync(Sample.ProviderClinician, "/v1/worklists/REFERRALS_FOR_REVIEW");
        return (await response.JsonAsync())["entries"]!.AsArray().ToDictionary(entry => entry!["ubrn"]!.GetValue<string>(), entry => entry!.AsObject());
    }
}
