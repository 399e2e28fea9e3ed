using System.Globalization;
using System.Text.Json.Nodes;
using EReferrals.Overload;
using EReferrals.Security;
using EReferrals.Tests.Ers;
using EReferrals.Tests.Journeys;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests.Overload;

public sealed class RateLimitTests
{
    // The service is far from giving out this number.
    private const string None = "999999999999";

    private static readonly string[] Configured =
        ["--RateLimit:RequestsPerSecond=0.01", "--RateLimit:Burst=3", "--Security:RefusalsPerMinute=3", "--Local:Seed=false"];

    [Fact]
    public async Task Callers_over_their_rate_limit_and_callers_that_are_refused_too_often_get_a_429_and_others_do_not()
    {
        await using var app = await RunningApp.StartAsync(configure: null, state: null, Configured);
        await RefusedTooOftenAsync(app);

        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 4; i++) answers.Add(await app.GetAsync(Sample.ProviderClinician, "/v1/worklists"));
        using var other = await app.GetAsync(Sample.ReferringClinician, "/v1/worklists");
        using var elsewhere = await app.GetAsync(Sample.ProviderClinician with { Organisation = "RCD" }, "/v1/worklists");
        using var ping = await app.Http.GetAsync(new Uri("/_ping", UriKind.Relative));
        using var status = await app.Http.GetAsync(new Uri("/v1/status", UriKind.Relative));
        for (var i = 0; i < 4; i++)
        {
            using var mode = await app.GetAsync(Sample.Operator, "/v1/operations/mode");
            Assert.Equal(200, (int)mode.StatusCode);
        }

        Assert.Equal([200, 200, 200, 429], answers.Select(answer => (int)answer.StatusCode));
        Assert.Equal(["2", "1", "0", "0"], answers.Select(answer => answer.Headers.GetValues("RateLimit-Remaining").Single()));
        Assert.All(answers, answer => Assert.Equal("3", answer.Headers.GetValues("RateLimit-Limit").Single()));
        Assert.InRange(answers[3].Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(150));
        Assert.Equal("urn:ereferrals:problem:too-many-requests", (await answers[3].JsonAsync())["type"]!.GetValue<string>());
        Assert.Equal((200, 200, 200, 200), ((int)other.StatusCode, (int)elsewhere.StatusCode, (int)ping.StatusCode, (int)status.StatusCode));
        answers.ForEach(answer => answer.Dispose());
    }

    [Fact]
    public async Task Refused_entries_of_paper_reports_count_as_refused_calls()
    {
        await using var app = await RunningApp.StartAsync(configure: null, state: null, "--Security:RefusalsPerMinute=3");
        var ubrn = await app.SubmitAsync(Sample.ReferringClinician);
        await app.DrainAsync();
        var stranger = Sample.ProviderClinician with { Organisation = "RCD" };

        using var within = await ReportAsync(entries: 3);
        using var above = await ReportAsync(entries: 1);

        Assert.Equal((200, 429), ((int)within.StatusCode, (int)above.StatusCode));

        Task<HttpResponseMessage> ReportAsync(int entries)
        {
            var acts = Enumerable.Range(1, entries).Select(minutes => new JsonObject
            {
                ["ubrn"] = ubrn, ["action"] = "ACCEPT", ["by"] = "921600556514",
                ["at"] = DateTime.UtcNow.AddMinutes(-minutes).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            });
            return app.PostAsync(stranger, "/v1/contingency/reconcile", new JsonObject { ["entries"] = new JsonArray([.. acts]) });
        }
    }

    [Fact]
    public async Task A_stranger_that_tries_numbers_is_limited_whether_they_exist_or_not()
    {
        await using var app = await RunningApp.StartAsync(configure: null, state: null, "--Security:RefusalsPerMinute=3");
        var ubrn = await app.SubmitAsync(Sample.ReferringClinician);
        await app.DrainAsync();
        var stranger = Sample.ProviderClinician with { Organisation = "RCD" };
        var answers = new List<int>();
        foreach (var number in new[] { ubrn, None, None, None, ubrn })
        {
            using var answer = await app.GetAsync(stranger, $"/v1/referrals/{number}");
            answers.Add((int)answer.StatusCode);
        }

        using var atTheOtherDoor = await app.GetAsync(stranger, $"{ErsSteps.Stu3}ReferralRequest/{None}", ("X-Request-ID", $"{Guid.NewGuid()}"));
        using var permitted = await app.GetAsync(stranger, "/v1/worklists");

        Assert.Equal([403, 404, 404, 429, 429], answers);
        Assert.Equal((429, 200), ((int)atTheOtherDoor.StatusCode, (int)permitted.StatusCode));
    }

    private static async Task RefusedTooOftenAsync(RunningApp app)
    {
        var answers = new List<(int Claimed, int WithoutToken)>();
        for (var i = 0; i < 5; i++)
        {
            // Another organisation each time: what a caller only claims has no limit of its own.
            using var request = await app.RequestAsync(Sample.ReferringAdmin, HttpMethod.Get, "/v1/worklists");
            request.Headers.Remove(CallerRules.OrganisationHeader);
            request.Headers.Add(CallerRules.OrganisationHeader, $"X{i}");
            using var claimed = await app.Http.SendAsync(request);
            using var unknown = await app.Http.GetAsync(new Uri("/v1/worklists", UriKind.Relative));
            answers.Add(((int)claimed.StatusCode, (int)unknown.StatusCode));
        }

        using var permitted = await app.GetAsync(Sample.ReferringAdmin, "/v1/worklists");

        Assert.Equal([(403, 401), (403, 401), (403, 401), (429, 429), (429, 429)], answers);
        Assert.Equal(200, (int)permitted.StatusCode);
    }

    [Fact]
    public void Two_hundred_instances_together_allow_the_rate_of_one_and_a_bounded_burst()
    {
        var clock = new FakeTimeProvider(Sample.Now);
        var settings = SettingsOf(new RateLimitSettings(RequestsPerSecond: 10, Burst: 50));
        var instances = Enumerable.Range(0, 200).Select(_ => new RateLimits(settings, () => 200, clock)).ToArray();
        var allowed = 0;
        for (var second = 0; second < 600; second++)
        {
            allowed += instances.Sum(limits => Enumerable.Range(0, 7).Count(_ => limits.Take("caller")!.Value.IsAllowed));
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(allowed, 600 * 10, (600 * 10) + 50 + (200 * RateShare.Slack));
    }

    [Fact]
    public void A_caller_with_half_its_rate_is_never_limited_when_its_requests_reach_the_instances_in_turn()
    {
        var clock = new FakeTimeProvider(Sample.Now);
        var settings = SettingsOf(new RateLimitSettings(RequestsPerSecond: 10, Burst: 50));
        var instances = Enumerable.Range(0, 200).Select(_ => new RateLimits(settings, () => 200, clock)).ToArray();

        for (var request = 0; request < 5_000; request++)
        {
            Assert.True(instances[request % 200].Take("caller")!.Value.IsAllowed);
            clock.Advance(TimeSpan.FromMilliseconds(200));
        }
    }

    [Fact]
    public void Callers_beyond_the_bounded_number_share_one_bucket()
    {
        var buckets = new TokenBuckets(most: 100, new FakeTimeProvider(Sample.Now));
        var share = new RateShare(RequestsPerSecond: 1, Burst: 2);

        var allowed = Enumerable.Range(0, 5_000).Count(caller => buckets.Take($"{caller}", share, limit: 2).IsAllowed);

        Assert.InRange(buckets.Count, 100, 101);
        Assert.Equal(102, allowed);
    }

    [Fact]
    public void At_most_the_burst_plus_the_rate_gets_through_in_any_interval() =>
        Prop.ForAll<PositiveInt, PositiveInt, NonNegativeInt[]>((rate, burst, pauses) =>
        {
            var clock = new FakeTimeProvider(Sample.Now);
            var limits = new RateLimits(SettingsOf(new RateLimitSettings(rate.Get, burst.Get)), () => 1, clock);
            var allowed = 0;
            foreach (var pause in pauses)
            {
                clock.Advance(TimeSpan.FromMilliseconds(pause.Get));
                if (limits.Take("caller")!.Value.IsAllowed) allowed++;
            }

            return allowed <= burst.Get + (rate.Get * (clock.GetUtcNow() - Sample.Now).TotalSeconds) + 1e-6;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_caller_that_waits_as_long_as_Retry_After_says_gets_through()
    {
        var clock = new FakeTimeProvider(Sample.Now);
        var limits = new RateLimits(SettingsOf(new RateLimitSettings(RequestsPerSecond: 3, Burst: 1)), () => 1, clock);
        limits.Take("caller");
        var refused = limits.Take("caller")!.Value;

        clock.Advance(refused.Next + TimeSpan.FromMilliseconds(1));

        Assert.False(refused.IsAllowed);
        Assert.True(limits.Take("caller")!.Value.IsAllowed);
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("10", null, 20)]
    [InlineData("0.2", null, 1)]
    [InlineData("10", "50", 50)]
    public void The_burst_defaults_to_two_seconds_of_the_rate(string? rate, string? burst, int? expected)
    {
        var problems = new List<string>();

        Assert.Equal(expected, Read(rate, burst, problems)?.Burst);
        Assert.Empty(problems);
    }

    [Theory]
    [InlineData("0", null)]
    [InlineData("-1", null)]
    [InlineData("many", null)]
    [InlineData("NaN", null)]
    [InlineData("1e400", null)]
    [InlineData(null, "5")]
    [InlineData("10", "0")]
    [InlineData("10", "1.5")]
    public void An_invalid_rate_limit_setting_stops_the_start(string? rate, string? burst)
    {
        var problems = new List<string>();

        Assert.Null(Read(rate, burst, problems));
        Assert.Single(problems);
    }

    private static RateLimitSettings? Read(string? rate, string? burst, List<string> problems) => RateLimitSettings.From(
        new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["RateLimit:RequestsPerSecond"] = rate, ["RateLimit:Burst"] = burst })
            .Build().GetSection("RateLimit"),
        problems);

    internal static Settings SettingsOf(RateLimitSettings? limit) => new()
    {
        Records = new StorageAccount(null, null, null),
        Contingency = new StorageAccount(null, null, null),
        Audit = new StorageAccount(null, null, null),
        AuditReserve = new StorageAccount(null, null, null),
        ServiceBus = new ServiceBusNamespace(null, null),
        Tokens = new TokenSettings("", "", new Uri("https://invalid.invalid")),
        OperatorOrganisations = new HashSet<string>(),
        RateLimit = limit,
    };
}
