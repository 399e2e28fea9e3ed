using System.Diagnostics;
using EReferrals.Benchmarks.Processes;

namespace EReferrals.Benchmarks.Scenarios;

/// <summary>
/// Ten times as many senders as fill the capacity. Each sends again as soon as it gets a response, and half of them ignore Retry-After. It is not an open
/// loop, because a generator that shares two cores with the app cannot send ten times the capacity.
/// </summary>
internal sealed class Overload : IScenario
{
    public string Name => "Overload: 640 senders without a pause";

    public async Task MeasureAsync(Bench bench)
    {
        var app = await bench.AppAsync();
        var submit = await Flows.SubmitAsync(app);
        var capacity = (await bench.LoadAsync(app.Address, 2, submit))["submit"].PerSecond(202);
        var memoryBefore = app.Use.Megabytes;
        using var end = new CancellationTokenSource();
        var lookouts = (Ping: SlowestAsync(app, "/_ping", end.Token), Status: SlowestAsync(app, "/v1/status", end.Token));
        var result = await bench.LoadAsync(
            app.Address, bench.Options.Full ? 8 : 4,
            submit with { Name = "polite", Connections = 320, HonoursRetryAfter = true },
            submit with { Name = "deaf", Connections = 320 });
        await end.CancelAsync();
        var (ping, status) = (await lookouts.Ping, await lookouts.Status);
        var (polite, deaf) = (result["polite"], result["deaf"]);
        var goodput = polite.PerSecond(202) + deaf.PerSecond(202);
        bench.Report.Add("capacity, 64 connections", capacity, "/s");
        bench.Report.Add("accepted under overload", goodput, "/s", ">= 0.8x capacity", goodput >= 0.8 * capacity);
        bench.Report.Add("accepted under overload: p99", Math.Max(polite.Of(202).P99, deaf.Of(202).P99), "ms");
        bench.Report.Add("shed (429 and 503)", polite.PerSecond(429, 503) + deaf.PerSecond(429, 503), "/s");
        bench.Report.Add("slowest /_ping meanwhile", ping, "ms", "< 200", ping < 200);
        bench.Report.Add("slowest /v1/status meanwhile", status, "ms", "< 200", status < 200);
        var memoryAfter = app.Use.Megabytes;
        foreach (var role in new[] { ProcessRole.App, ProcessRole.Host, ProcessRole.Bus })
        {
            bench.Report.Add($"memory of the {ProcessorTime.NameOf(role)} before", memoryBefore[role], "MB");
            bench.Report.Add($"memory of the {ProcessorTime.NameOf(role)} after", memoryAfter[role], "MB");
        }

        bench.Report.Add("accepts as fast as ever (p99 < 50 ms at 21/s) after", await RecoveredAfterAsync(bench, app), "s");
        bench.Report.Invariant("Every shed request gets Retry-After", polite.BareSheds + deaf.BareSheds == 0, $"{polite.BareSheds + deaf.BareSheds} did not");
        bench.Report.Invariant(
            "Overload causes no server errors", polite.ServerErrors + deaf.ServerErrors == 0,
            $"{polite.ServerErrors + deaf.ServerErrors} 5xx responses other than 503");
        await bench.EndAppAsync();
    }

    // Ten times a second, as somebody who watches the status would.
    private static async Task<double> SlowestAsync(MeasuredApp app, string path, CancellationToken end)
    {
        var slowest = 0.0;
        while (!end.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            using (var response = await app.Http.GetAsync(new Uri(path, UriKind.Relative), CancellationToken.None)) response.EnsureSuccessStatusCode();
            slowest = Math.Max(slowest, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await Task.Delay(100, CancellationToken.None);
        }

        return slowest;
    }

    // Its backlog is discarded, because a hundred thousand referrals would take minutes to drain.
    private static async Task<double> RecoveredAfterAsync(Bench bench, MeasuredApp app)
    {
        var clock = Stopwatch.StartNew();
        var trickle = (await Flows.SubmitAsync(app)) with { Rates = [21] };
        while (clock.Elapsed < TimeSpan.FromSeconds(20))
        {
            var at = clock.Elapsed;
            if ((await bench.LoadAsync(app.Address, 1, trickle))["submit"].Of(202).P99 < 50) return at.TotalSeconds;
        }

        return clock.Elapsed.TotalSeconds;
    }
}
