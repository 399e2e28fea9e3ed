using System.Globalization;
using System.Text.Json.Nodes;

namespace EReferrals.Tests.Journeys;

/// <summary>Reads lists while storage is down. Each test has its own app, because it stops the emulators.</summary>
public sealed class CopiesTests : IAsyncLifetime
{
    private const string Lists = "/v1/worklists";
    private const string ForReview = "/v1/worklists/REFERRALS_FOR_REVIEW";

    private readonly ClockedApp _clocked = new();

    private RunningApp App => _clocked.App;

    public Task InitializeAsync() => _clocked.InitializeAsync();

    public Task DisposeAsync() => _clocked.DisposeAsync();

    [Fact]
    public async Task A_list_is_read_from_its_snapshot_with_its_age_while_the_tables_are_down()
    {
        var ubrns = await ListedAndSnapshottedAsync(3);
        await App.Local.Azurite!.Records.StopAsync();
        _clocked.Clock.Advance(TimeSpan.FromMinutes(2));

        using var response = await App.GetAsync(Sample.ProviderClinician, ForReview);

        var page = await response.JsonAsync();
        Assert.Equal((200, "snapshot"), ((int)response.StatusCode, page["source"]!.GetValue<string>()));
        Assert.Equal("110 - \"Response is Stale\"", response.Headers.GetValues("Warning").Single());
        Assert.InRange(response.Headers.Age!.Value.TotalSeconds, 120, 200);
        Assert.Equal(_clocked.Clock.GetUtcNow() - response.Headers.Age.Value, page["asOf"]!.GetValue<DateTimeOffset>(), TimeSpan.FromSeconds(5));
        Assert.Equal(ubrns, Ubrns(page).Order());
    }

    [Fact]
    public async Task A_snapshot_supports_filters_paging_and_entity_tags()
    {
        var urgent = await ListedAndSnapshottedAsync(3);
        var routine = await ListedAndSnapshottedAsync(2, "ROUTINE");
        await App.Local.Azurite!.Records.StopAsync();

        using var filtered = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}?priority=ROUTINE&service=50001");
        Assert.Equal(routine, Ubrns(await filtered.JsonAsync()).Order());

        var read = new List<string>();
        for (string? cursor = null; read.Count == 0 || cursor is not null;)
        {
            using var response = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            var page = await response.JsonAsync();
            read.AddRange(Ubrns(page));
            cursor = page["next"]?.GetValue<string>();
        }

        Assert.Equal(urgent.Concat(routine).Order(), read.Order());
        var tag = ("If-None-Match", filtered.Headers.ETag!.ToString());
        using var unchanged = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}?priority=ROUTINE&service=50001", tag);
        using var unfiltered = await App.GetAsync(Sample.ProviderClinician, ForReview, tag);
        Assert.Equal((304, 200), ((int)unchanged.StatusCode, (int)unfiltered.StatusCode));
    }

    [Fact]
    public async Task A_cursor_of_a_live_page_continues_in_the_snapshot()
    {
        var ubrns = await ListedAndSnapshottedAsync(4);
        using var first = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}?limit=2");
        var live = await first.JsonAsync();
        await App.Local.Azurite!.Records.StopAsync();

        LastVersionIsOld();
        using var second = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}?limit=2&cursor={live["next"]}");

        var rest = await second.JsonAsync();
        Assert.Equal(("live", "snapshot"), (live["source"]!.GetValue<string>(), rest["source"]!.GetValue<string>()));
        Assert.Equal(ubrns, Ubrns(live).Concat(Ubrns(rest)).Order());
    }

    [Fact]
    public async Task A_page_of_an_older_copy_resets_the_change_cursor_to_the_version_of_the_copy()
    {
        await ListedAndSnapshottedAsync(3);
        var later = await App.SubmitAsync(Sample.ReferringClinician, JourneySteps.Submission("ROUTINE"));
        await App.DrainAsync();
        LastVersionIsOld();
        using var first = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}?limit=2");
        var live = await first.JsonAsync();
        await App.Local.Azurite!.Records.StopAsync();

        LastVersionIsOld();
        using var second = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}?limit=2&cursor={live["next"]}");
        var copied = await second.JsonAsync();
        await App.Local.Azurite.Records.StartAsync();
        _clocked.Clock.Advance(TimeSpan.FromSeconds(6));
        using var followed = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}/changes?since={copied["changes"]}");

        Assert.DoesNotContain(later, Ubrns(live).Concat(Ubrns(copied)));
        Assert.Equal(later, Assert.Single((await followed.JsonAsync())["changes"]!.AsArray())!["ubrn"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_list_shown_before_is_served_from_memory_while_both_accounts_are_down_and_any_other_list_is_a_503()
    {
        var ubrns = await ListedAndSnapshottedAsync(2);
        using (await App.GetAsync(Sample.ProviderClinician, ForReview)) await StopBothAsync();
        LastVersionIsOld();

        using var shown = await App.GetAsync(Sample.ProviderClinician, ForReview);
        using var never = await App.GetAsync(Sample.ReferringClinician, "/v1/worklists/AWAITING_BOOKING");

        var page = await shown.JsonAsync();
        Assert.Equal(("memory", true, true), (page["source"]!.GetValue<string>(), shown.Headers.Contains("Warning"), shown.Headers.Age is not null));
        Assert.Equal(ubrns, Ubrns(page).Order());
        Assert.Equal((503, true), ((int)never.StatusCode, never.Headers.Contains("Retry-After")));
    }

    [Fact]
    public async Task A_snapshot_in_memory_serves_every_query_while_both_accounts_are_down()
    {
        var ubrns = await ListedAndSnapshottedAsync(3);
        await App.Local.Azurite!.Records.StopAsync();
        using (await App.GetAsync(Sample.ProviderClinician, ForReview)) await App.Local.Azurite.Contingency.StopAsync();

        using var other = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}?limit=1");
        using var csv = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}/export.csv");

        var page = await other.JsonAsync();
        var cells = await csv.Content.ReadAsStringAsync();
        Assert.Equal(("memory", 1), (page["source"]!.GetValue<string>(), Ubrns(page).Count));
        Assert.All(ubrns, ubrn => Assert.Contains(ubrn, cells));
    }

    [PosixFact]
    public async Task At_most_three_readers_wait_for_tables_that_hang()
    {
        await ListedAndSnapshottedAsync(1);
        await App.Local.Azurite!.Records.FreezeAsync();
        for (var waited = 0; waited < 3; waited++) Assert.Equal("snapshot", await SourceAsync());

        // The tables respond again, but the circuit breaker has not closed yet, so that no reader waits for them.
        await App.Local.Azurite.Records.ThawAsync();
        var resting = await SourceAsync();
        _clocked.Clock.Advance(TimeSpan.FromSeconds(6));
        await Eventually.TrueAsync(async () => await SourceAsync() == "live");

        Assert.Equal("snapshot", resting);
    }

    [PosixFact]
    public async Task A_list_can_be_read_while_both_accounts_hang()
    {
        var ubrns = await ListedAndSnapshottedAsync(1);
        using (await App.GetAsync(Sample.ProviderClinician, ForReview))
        {
            await Task.WhenAll(App.Local.Azurite!.Records.FreezeAsync(), App.Local.Azurite.Contingency.FreezeAsync());
        }

        LastVersionIsOld();
        try
        {
            using var response = await App.GetAsync(Sample.ProviderClinician, ForReview);
            var page = await response.JsonAsync();
            Assert.Equal((200, "memory"), ((int)response.StatusCode, page["source"]!.GetValue<string>()));
            Assert.Equal(ubrns, Ubrns(page));
        }
        finally
        {
            await Task.WhenAll(App.Local.Azurite.Records.ThawAsync(), App.Local.Azurite.Contingency.ThawAsync());
        }
    }

    [Fact]
    public async Task The_overview_of_lists_counts_the_snapshots_and_states_its_age_while_the_tables_are_down()
    {
        await ListedAndSnapshottedAsync(3);
        using var list = await App.GetAsync(Sample.ProviderClinician, ForReview);
        var page = await list.JsonAsync();
        var entries = page["entries"]!.AsArray();
        await App.Local.Azurite!.Records.StopAsync();
        _clocked.Clock.Advance(TimeSpan.FromMinutes(2));

        using var response = await App.GetAsync(Sample.ProviderClinician, Lists);

        Assert.Equal((200, "110 - \"Response is Stale\""), ((int)response.StatusCode, response.Headers.GetValues("Warning").Single()));
        Assert.InRange(response.Headers.Age!.Value.TotalSeconds, 120, 200);
        // The app has never read the other lists.
        var shown = Assert.Single((await response.JsonAsync())["worklists"]!.AsArray())!;
        Assert.Equal(
            ("REFERRALS_FOR_REVIEW", 3, page["version"]!.GetValue<long>()),
            (shown["list"]!.GetValue<string>(), shown["count"]!.GetValue<int>(), shown["version"]!.GetValue<long>()));
        Assert.Equal(entries.Min(entry => entry!["received"]!.GetValue<DateTimeOffset>()), shown["oldest"]!.GetValue<DateTimeOffset>());
    }

    [Fact]
    public async Task The_overview_of_lists_stays_as_shown_until_a_newer_snapshot_exists()
    {
        await ListedAndSnapshottedAsync(1);
        using var live = await App.GetAsync(Sample.ProviderClinician, Lists);
        await ListedAndSnapshottedAsync(1);
        await App.Local.Azurite!.Records.StopAsync();
        LastVersionIsOld();

        using var newer = await App.GetAsync(Sample.ProviderClinician, Lists);
        await App.Local.Azurite.Contingency.StopAsync();
        using var kept = await App.GetAsync(Sample.ProviderClinician, Lists);
        using var nowhere = await App.GetAsync(Sample.ProviderClinician with { Organisation = "RCD" }, Lists);

        Assert.Equal(["REFERRALS_FOR_REVIEW 1", "APPOINTMENT_SLOT_ISSUES 0", "APPOINTMENTS_FOR_BOOKING 0"], await CountsAsync(live));
        foreach (var copy in new[] { newer, kept })
        {
            Assert.Equal(["REFERRALS_FOR_REVIEW 2", "APPOINTMENT_SLOT_ISSUES 0", "APPOINTMENTS_FOR_BOOKING 0"], await CountsAsync(copy));
            Assert.True(copy.Headers.Contains("Warning") && copy.Headers.Age is not null);
        }

        Assert.False(live.Headers.Contains("Warning"));
        await nowhere.ProblemAsync(503);
        Assert.True(nowhere.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    [PosixFact]
    public async Task A_reader_of_changes_is_sent_to_the_list_while_the_tables_hang_and_continues_from_there()
    {
        await ListedAndSnapshottedAsync(1);
        using var first = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}?limit=1");
        var since = (await first.JsonAsync())["changes"]!.GetValue<string>();
        LastVersionIsOld();
        await App.Local.Azurite!.Records.FreezeAsync();
        for (var waited = 0; waited < 3; waited++) await RefusedAsync();

        // The tables respond again, but the circuit breaker has not closed yet, so that no reader waits for them.
        await App.Local.Azurite.Records.ThawAsync();
        await RefusedAsync();
        using var copy = await App.GetAsync(Sample.ProviderClinician, ForReview);
        var list = await copy.JsonAsync();
        _clocked.Clock.Advance(TimeSpan.FromSeconds(6));
        var later = await App.SubmitAsync(Sample.ReferringClinician);
        await App.DrainAsync();
        LastVersionIsOld();
        using var followed = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}/changes?since={list["changes"]}");

        Assert.Equal("snapshot", list["source"]!.GetValue<string>());
        var change = Assert.Single((await followed.JsonAsync())["changes"]!.AsArray())!;
        Assert.Equal((later, "PUT"), (change["ubrn"]!.GetValue<string>(), change["change"]!.GetValue<string>()));

        async Task RefusedAsync()
        {
            using var refused = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}/changes?since={since}");
            Assert.Contains("Read the list itself", (await refused.ProblemAsync(503))["detail"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        }
    }

    [Fact]
    public async Task Print_and_CSV_fall_back_to_the_snapshot_and_state_its_age()
    {
        var ubrns = await ListedAndSnapshottedAsync(2);
        await App.Local.Azurite!.Records.StopAsync();

        using var print = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}/print");
        using var csv = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}/export.csv");
        using var sheets = await App.GetAsync(Sample.ProviderClinician, $"{ForReview}/print?sheets=true");

        var page = await print.Content.ReadAsStringAsync();
        Assert.Contains("COPY. The service could not read its records", page);
        Assert.All(ubrns, ubrn => Assert.Contains(Spaced(ubrn), page));
        Assert.All(new[] { print, csv }, response => Assert.True(response.Headers.Contains("Warning") && response.Headers.Age is not null));
        // A snapshot has no clinical content. The pack has it.
        Assert.Equal(503, (int)sheets.StatusCode);
        Assert.Contains("contingency pack", (await sheets.JsonAsync())["detail"]!.GetValue<string>());
    }

    private async Task<IReadOnlyList<string>> ListedAndSnapshottedAsync(int count, string priority = "URGENT")
    {
        var ubrns = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => App.SubmitAsync(Sample.ReferringClinician, JourneySteps.Submission(priority))));
        await _clocked.FifteenSecondsLaterAsync();
        return [.. ubrns.Order()];
    }

    private static async Task<IEnumerable<string>> CountsAsync(HttpResponseMessage response) =>
        (await response.JsonAsync())["worklists"]!.AsArray().Select(list => $"{list!["list"]} {list["count"]}");

    // A version is cached for one second.
    private void LastVersionIsOld() => _clocked.Clock.Advance(TimeSpan.FromSeconds(2));

    private async Task<string> SourceAsync()
    {
        using var response = await App.GetAsync(Sample.ProviderClinician, ForReview);
        return (await response.JsonAsync())["source"]!.GetValue<string>();
    }

    private Task StopBothAsync() => Task.WhenAll(App.Local.Azurite!.Records.StopAsync(), App.Local.Azurite.Contingency.StopAsync());

    private static string Spaced(string ubrn) => string.Create(CultureInfo.InvariantCulture, $"{ubrn.AsSpan(0, 4)} {ubrn.AsSpan(4, 4)} {ubrn.AsSpan(8)}");

    private static IReadOnlyList<string> Ubrns(JsonObject page) => [.. page["entries"]!.AsArray().Select(entry => entry!["ubrn"]!.GetValue<string>())];
}
