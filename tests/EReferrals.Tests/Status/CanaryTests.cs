using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using EReferrals.Intake;
using EReferrals.Reconciliation;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Status.Canary;
using EReferrals.Storage.Lists;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Status;

public sealed class CanaryTests : IAsyncLifetime
{
    private const string CanaryService = "999999999999999999";

    private static readonly Actor Provider = new("103264994981", ReservedOrganisation.Canary, Role.ServiceProviderClinician);
    private static readonly Actor Referrer = new("021600556514", ReservedOrganisation.Canary, Role.ReferringClinician);

    private readonly ShiftedClock _clock = new();
    private RunningApp _app = null!;

    public async Task InitializeAsync() => _app = await StartAsync(state: null);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_canary_reaches_its_worklist_and_is_deleted()
    {
        await SendAsync();
        await _app.DrainAsync();

        var canary = (await _app.StatusAsync())["canary"]!;
        Assert.Equal("arriving", canary["state"]!.GetValue<string>());
        Assert.InRange(canary["acceptToWorklistMs"]!.GetValue<double>(), 1, 30_000);
        Assert.Equal(canary["acceptToWorklistMs"]!.GetValue<double>(), canary["p95"]!.GetValue<double>());
        Assert.Empty(await _app.ListedAsync(Provider, Worklist.ReferralsForReview));
        Assert.Empty(await _app.ListedAsync(Referrer, Worklist.AwaitingBooking));
        var ubrn = Assert.Single(await FeedAsync(Worklist.ReferralsForReview), change => change.Entry is not null).Ubrn;
        // The number was issued and has no row, as if it had never been processed.
        using var read = await _app.GetAsync(Referrer, $"/v1/referrals/{ubrn}");
        Assert.Equal(202, (int)read.StatusCode);
    }

    [Fact]
    public async Task The_status_file_shows_the_canary_of_the_same_run()
    {
        await SendAsync();

        var file = new BlobContainerClient(_app.Local.Azurite!.Contingency.ConnectionString, "status").GetBlobClient("status.json");
        var status = JsonNode.Parse((await file.DownloadContentAsync()).Value.Content)!;
        Assert.Equal("arriving", status["canary"]!["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task Canaries_do_not_accumulate()
    {
        for (var run = 0; run < 5; run++)
        {
            await SendAsync();
            await _app.DrainAsync();
        }

        _clock.Advance(TimeSpan.FromMinutes(11));
        await SendAsync();
        await _app.DrainAsync();

        // The first five canaries are gone. The last one was added and removed.
        Assert.Equal(2, (await FeedAsync(Worklist.ReferralsForReview)).Count);
        Assert.Equal(2, (await FeedAsync(Worklist.AwaitingBooking)).Count);
        Assert.Equal(0, await _app.Services.GetRequiredService<WorklistReader>().HeadAsync(
            new WorklistName(ReservedOrganisation.Canary, Worklist.ReferralsForReview), default) is { Count: var count } ? count : -1);
    }

    [Fact]
    public async Task Canaries_prove_that_snapshots_are_written_when_there_is_no_other_traffic()
    {
        await SendAsync();
        await _app.DrainAsync();
        await _app.Local.Broker.DeliverScheduledNowAsync();
        await _app.DrainAsync();
        // Snapshots are counted once a minute.
        _clock.Advance(TimeSpan.FromMinutes(1));

        var status = await _app.StatusAsync(status => status["snapshots"]?["lastWritten"] is not null);

        Assert.Equal(2, status["snapshots"]!["lists"]!.GetValue<int>());
    }

    [Fact]
    public async Task The_reconciler_does_not_report_a_deleted_canary_as_missing()
    {
        await SendAsync();
        await _app.DrainAsync();
        await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        Assert.True(await _app.Services.GetRequiredService<ReferralLedger>().FlushAsync(default));
        _clock.Advance(TimeSpan.FromMinutes(10));

        await _app.Local.RunTimerAsync(nameof(ReconcileAndTransferFunction));

        var last = await _app.Services.GetRequiredService<LastReconciliation>().LastAsync(default);
        Assert.Equal((1, 0, 0), (last!.Checked, last.Repaired, last.Missing));
    }

    [Fact]
    public async Task A_canary_is_on_no_real_list_and_no_real_referral_is_on_the_canary_list()
    {
        await SendAsync();

        using var search = await _app.GetAsync(Sample.ReferringClinician, "/v1/services?specialty=CANARY");
        Assert.Empty((await search.JsonAsync())["services"]!.AsArray());
        using var toCanary = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission("TWO_WEEK_WAIT", CanaryService));
        using var fromCanary = await _app.PostAsync(Referrer, "/v1/referrals", JourneySteps.Submission());
        foreach (var refused in new[] { toCanary, fromCanary })
        {
            Assert.Equal(422, (int)refused.StatusCode);
            Assert.Equal("REFERENCE_NOT_FOUND", (await refused.JsonAsync())["errors"]!.AsArray().Single()!["code"]!.GetValue<string>());
        }

        await _app.DrainAsync();
        Assert.Empty(await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview));
        Assert.Empty(await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking));
    }

    [Fact]
    public async Task The_service_is_down_after_five_minutes_without_a_canary_and_up_again_after_the_next_one()
    {
        await SendAsync();
        await _app.DrainAsync();

        _clock.Advance(TimeSpan.FromSeconds(280));
        var before = await _app.StatusAsync(status => status["canary"]!["state"]!.GetValue<string>() == "arriving");
        _clock.Advance(TimeSpan.FromSeconds(30));
        var after = await _app.StatusAsync(status => status["canary"]!["state"]!.GetValue<string>() == "missing");
        await SendAsync();
        var again = await _app.StatusAsync(status => status["canary"]!["state"]!.GetValue<string>() == "arriving");

        Assert.Equal(("ok", "down", "ok"), (State(before), State(after), State(again)));
    }

    [Fact]
    public async Task A_stuck_canary_is_reported_missing_and_counts_when_it_is_found_late()
    {
        await _app.Local.PauseTriggersAsync();
        var stuck = SendAsync();
        while (!stuck.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(5));
            await Task.WhenAny(stuck, Task.Delay(200));
        }

        await stuck;
        var missed = await _app.StatusAsync();
        Assert.Null(missed["canary"]!["lastSeen"]);
        _app.Local.ResumeTriggers();
        await _app.DrainAsync();
        await SendAsync();
        await _app.DrainAsync();

        var history = await _app.Services.GetRequiredService<CanaryWatch>().HistoryAsync();
        Assert.Equal(2, history.Samples.Count);
        Assert.True(history.Samples[0].Milliseconds > 30_000);
        Assert.True(history.Samples[1].Milliseconds < 30_000);
        Assert.Empty(await _app.ListedAsync(Provider, Worklist.ReferralsForReview));
    }

    [Fact]
    public async Task The_canary_is_unknown_and_the_service_not_down_while_the_canary_record_cannot_be_read()
    {
        await SendAsync();
        await _app.Local.Azurite!.Contingency.StopAsync();
        _clock.Advance(TimeSpan.FromMinutes(6));

        var status = await _app.StatusAsync(status => status["canary"]!["state"]!.GetValue<string>() == "unknown");

        Assert.Equal("degraded", State(status));
    }

    [Fact]
    public async Task The_canary_record_survives_a_restart()
    {
        var state = System.IO.Directory.CreateTempSubdirectory("ereferrals-").FullName;
        await using (var first = await StartAsync(state))
        {
            await first.Local.RunTimerAsync(nameof(SendCanaryAndWritePageFunction));
        }

        await using (var second = await StartAsync(state))
        {
            var status = await second.StatusAsync(status => status["canary"]!["lastSeen"] is not null);
            Assert.Equal("arriving", status["canary"]!["state"]!.GetValue<string>());
        }

        System.IO.Directory.Delete(state, recursive: true);
    }

    private Task<RunningApp> StartAsync(string? state) => RunningApp.StartAsync(
        builder => builder.Services.AddSingleton<TimeProvider>(_clock), state, "--Canary:Enabled=true", "--Local:Timers=false");

    private Task SendAsync() => _app.Local.RunTimerAsync(nameof(SendCanaryAndWritePageFunction));

    private async Task<IReadOnlyList<ListedChange>> FeedAsync(Worklist list)
    {
        var batches = await _app.Services.GetRequiredService<WorklistReader>()
            .ChangesAsync(new WorklistName(ReservedOrganisation.Canary, list), afterVersion: 0, atLeast: 100, default);
        return [.. batches.SelectMany(batch => batch.Changes)];
    }

    private static string State(JsonObject status) => status["state"]!.GetValue<string>();
}
