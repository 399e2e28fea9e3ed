using EReferrals.Benchmarks.Load;
using EReferrals.Benchmarks.References;
using EReferrals.Benchmarks.Reports;

namespace EReferrals.Benchmarks.Scenarios;

/// <summary>
/// Measures accepted submissions per second and compares them with the simplest designs that do part of the job. All take turns, and ratios are computed
/// within a round. The app processes its backlog while it is measured and is frozen while a reference is measured.
/// </summary>
internal sealed class AcceptCapacity : IScenario
{
    private const string App = "app";
    private const string AppWithKey = "app, Idempotency-Key";

    public string Name => "Accept: capacity, beside references";

    public async Task MeasureAsync(Bench bench)
    {
        var app = await bench.NewAppAsync();
        await using var references = await RunningReferences.StartAsync(bench);
        var submit = await Flows.SubmitAsync(app);
        var seconds = bench.Options.Full ? 5 : 2.0;
        int[] rounds = bench.Options.Full ? [16, 64, 16, 64, 64] : [16, 64, 64, 64];
        var accepted = new List<string>();
        var measured = new List<(int Connections, string Who, double PerSecond, double P99)>();
        // The first seconds of a load are slower, because code is compiled.
        await bench.LoadAsync(app.Address, 2, submit with { Connections = 64 });
        app.Freeze();
        foreach (var reference in references.All) await bench.LoadAsync(reference.Address, 0.3, Flows.SubmitTo(reference.Name, 16));

        foreach (var connections in rounds)
        {
            app.Thaw();
            await CompareAsync(App, app.Address, submit with { Connections = connections });
            await CompareAsync(AppWithKey, app.Address, submit with { Connections = connections, WithKey = true });
            app.Freeze();
            foreach (var reference in references.All) await CompareAsync(reference.Name, reference.Address, Flows.SubmitTo("submit", connections));

            async Task CompareAsync(string who, Uri address, Flow flow)
            {
                // wrk leaves more of the machine to the measured server, but it records no accepted referrals and cannot create keys.
                if (connections == 64 && !flow.WithKey && RunningReferences.HasWrk)
                {
                    Progress.Now($"wrk at {who}");
                    var (perSecond, p99) = Wrk.Run(address, flow, seconds);
                    measured.Add((connections, who, perSecond, p99));
                    return;
                }

                var result = (await bench.LoadAsync(address, seconds, flow with { Name = who }))[who];
                accepted.AddRange(result.Accepted);
                if (result.Answered != result.Count(202))
                {
                    bench.Report.Note($"{who}, {connections} connections: {result.Answered - result.Count(202)} responses were not 202.");
                }

                measured.Add((connections, who, result.PerSecond(202), result.Of(202).P99));
            }
        }

        if (!RunningReferences.HasWrk) bench.Report.Note("wrk is not installed: capacity at 64 connections is limited by the .NET generator.");
        ReportOn(bench.Report, measured);
        foreach (var reference in references.All) bench.Report.Note($"{reference.Name}: {reference.Commit}.");
        bench.Report.Invariant("No number was issued twice", accepted.Distinct().Count() == accepted.Count, $"{accepted.Count} accepted");
        await bench.EndAppAsync();
    }

    private static void ReportOn(Report report, List<(int Connections, string Who, double PerSecond, double P99)> measured)
    {
        foreach (var each in measured.GroupBy(round => (round.Who, round.Connections)).OrderBy(each => each.Key.Connections))
        {
            var what = $"{each.Key.Who}, {each.Key.Connections} connections";
            report.Add($"{what}: accepted", each.Average(round => round.PerSecond), "/s");
            report.Add($"{what}: p99", each.Average(round => round.P99), "ms");
        }

        var app = measured.Where(round => round is { Who: App, Connections: 64 }).Average(round => round.PerSecond);
        report.Add("accepted at 64 connections, every one on disk", app, "/s", ">= 1,000", app >= 1_000);
        Ratio(ReferenceServer.SqliteEach, 0.6);
        Ratio(ReferenceServer.Log);
        Ratio(ReferenceServer.EmulatorQueue, 1.0);
        Ratio(ReferenceServer.Postgres);
        Ratio(ReferenceServer.Rabbit);

        void Ratio(string reference, double? target = null)
        {
            var ratios = measured.Where(round => round is { Who: App, Connections: 64 })
                .Zip(measured.Where(round => round.Who == reference && round.Connections == 64), (ours, theirs) => ours.PerSecond / theirs.PerSecond).ToArray();
            if (ratios.Length == 0) return;
            var what = $"app / {reference}, 64 connections (rounds {string.Join(" and ", ratios.Select(ratio => $"{ratio:0.00}"))})";
            if (target is null) report.Add(what, ratios.Average(), "x");
            else report.Add(what, ratios.Average(), "x", $">= {target:0.0}", ratios.Average() >= target);
        }
    }
}
