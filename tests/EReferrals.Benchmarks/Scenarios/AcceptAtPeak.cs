using EReferrals.Benchmarks.Reports;

namespace EReferrals.Benchmarks.Scenarios;

/// <summary>Submissions at the national peak (21/s) and at ten times that, as independent senders send them; then higher rates for the chart.</summary>
internal sealed class AcceptAtPeak : IScenario
{
    private static readonly double[] Rates = [21, 206, 500, 1_000];

    public string Name => "Accept at national peak and above: latency from when each was due";

    public async Task MeasureAsync(Bench bench)
    {
        var app = await bench.AppAsync();
        var submit = await Flows.SubmitAsync(app);
        var points = new List<(double Rate, double P50, double P99)>();
        foreach (var rate in Rates)
        {
            var seconds = rate > 206 ? 1 : bench.Options.Full ? 10 : 3;
            var result = (await bench.LoadAsync(app.Address, seconds, submit with { Rates = [rate] }))["submit"];
            var latency = result.Of(202);
            bench.Report.Add($"accept at {rate}/s: p50", latency.P50, "ms");
            if (rate is 206) bench.Report.Add($"accept at {rate}/s: p99", latency.P99, "ms", "< 60", latency.P99 < 60);
            else bench.Report.Add($"accept at {rate}/s: p99", latency.P99, "ms");
            bench.Report.Invariant($"All at {rate}/s were accepted", result.Answered == result.Count(202) && result.Unknown == 0, $"{result.Count(202)}");
            points.Add((rate, latency.P50, latency.P99));
        }

        bench.Report.Save(new Chart("accept-latency", "Accept: latency against load", "submissions a second (open loop)", "ms")
        {
            Lines =
            [
                new Line("p50", [.. points.Select(point => (point.Rate, point.P50))]),
                new Line("p99", [.. points.Select(point => (point.Rate, point.P99))]),
            ],
        });
        await Drain.QuietAsync(app);
    }
}
