using EReferrals.Local.FunctionsHost;
using EReferrals.Local.Tests.App;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Local.Tests.Host;

public sealed class TimerTests
{
    private readonly TimerLog _log = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 2, 9, 30, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_timer_function_can_be_run_now_and_never_twice_concurrently()
    {
        await using var app = await StartAsync(timers: false);
        _log.OnRun = () => Task.Delay(50);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => app.Host.RunTimerAsync("Hourly")));

        Assert.Equal(4, _log.Runs.Count);
        Assert.Equal(1, _log.MostAtOnce);
    }

    [Fact]
    public async Task A_timer_function_that_is_run_now_reports_its_failure()
    {
        await using var app = await StartAsync(timers: false);

        var failure = await Assert.ThrowsAsync<FunctionFailedException>(() => app.Host.RunTimerAsync("BrokenTimer"));
        Assert.Contains("broken", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => app.Host.RunTimerAsync("Absent"));
    }

    [Fact]
    public async Task Timers_run_on_their_schedule_and_at_startup_when_configured()
    {
        await using var app = await StartAsync(timers: true);
        await RanAsync("AtStart", 1);

        for (var hour = 1; hour <= 3; hour++)
        {
            // The delay to the next occurrence starts a moment after the previous run.
            await TestHost.UntilAsync(() =>
            {
                if (Count("Hourly") < hour) _clock.Advance(TimeSpan.FromMinutes(10));
                return Count("Hourly") >= hour;
            });
        }

        Assert.Equal(1, Count("AtStart"));
        Assert.Equal(0, Count("Seldom"));
        var last = _log.Runs.Last(run => run.Function == "Hourly").Timer;
        Assert.False(last.IsPastDue);
        Assert.Equal((0, 0), (last.ScheduleStatus!.Next.Minute, last.ScheduleStatus.Next.Second));
    }

    [Fact]
    public async Task A_run_missed_while_the_host_was_down_is_past_due()
    {
        var state = Directory.CreateTempSubdirectory("timers-").FullName;
        await using (var first = await StartAsync(timers: true, state))
            await TestHost.UntilAsync(() => File.Exists(Path.Combine(state, "Hourly.json")));
        Assert.Equal(0, Count("Hourly"));

        _clock.Advance(TimeSpan.FromHours(2));
        await using (var second = await StartAsync(timers: true, state)) await RanAsync("Hourly", 1);

        Assert.True(_log.Runs.First(run => run.Function == "Hourly").Timer.IsPastDue);
        Directory.Delete(state, recursive: true);
    }

    private Task<TestHost> StartAsync(bool timers, string? state = null) => TestHost.StartAsync(
        new TestHostOptions { Configure = builder => builder.Services.AddSingleton(_log), Timers = timers, TimerState = state, Clock = _clock });

    private Task RanAsync(string function, int times) => TestHost.UntilAsync(() => Count(function) >= times);

    private int Count(string function) => _log.Runs.Count(run => run.Function == function);
}
