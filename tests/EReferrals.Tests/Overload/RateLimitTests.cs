using EReferrals.Overload;
using EReferrals.Tests.Journeys;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests.Overload;

public sealed class RateLimitTests
{
    private static readonly string[] Configured =
        ["--RateLimit:RequestsPerSecond=0.01", "--RateLimit:Burst=3", "--Local:Seed=false"];

    [Fact]
    public async Task A_caller_over_its_rate_limit_gets_a_429_and_other_callers_do_not()
    {
        await using var app = await RunningApp.StartAsync(configure: null, state: null, Configured);

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
    public void At_most_the_burst_plus_the_rate_gets_through_in_any_interval() =>
        Prop.ForAll<PositiveInt, PositiveInt, NonNegativeInt[]>((rate, burst, pauses) =>
        {
            var clock = new FakeTimeProvider(Sample.Now);
            var limits = new RateLimits(SettingsOf(new RateLimitSettings(rate.Get, burst.Get)), clock);
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
        var limits = new RateLimits(SettingsOf(new RateLimitSettings(RequestsPerSecond: 3, Burst: 1)), clock);
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

    private static Settings SettingsOf(RateLimitSettings limit) => new()
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
