using EReferrals.Benchmarks.Load;

namespace EReferrals.Benchmarks.Scenarios;

/// <summary>Time from a submission until the hospital sees it: 500 submissions as fast as 16 senders can send, then 50 per second.</summary>
internal sealed class AcceptToVisible : IScenario
{
    public string Name => "Accept to visible on the hospital's list";

    public async Task MeasureAsync(Bench bench)
    {
        var app = await bench.AppAsync();
        var submit = await Flows.SubmitAsync(app);
        await FollowAsync(bench, app, "500 from 16 connections", submit with { Connections = 16, AtMost = 500 }, seconds: 30, targetMs: 2_000);
        await FollowAsync(bench, app, "50/s", submit with { Rates = [50] }, bench.Options.Full ? 10 : 5, targetMs: 1_000);
    }

    private static async Task FollowAsync(Bench bench, MeasuredApp app, string what, Flow flow, double seconds, double targetMs)
    {
        var mark = app.Calls.Mark();
        var result = await bench.LoadAsync(
            new LoadPlan { Address = app.Address, Seconds = seconds, Flows = [flow], Follow = await Flows.HospitalFeedAsync(app) });
        var visible = result.Follow!.Visible;
        bench.Report.Add($"{what}: visible p50", visible.P50, "ms");
        bench.Report.Add($"{what}: visible p95", visible.P95, "ms");
        bench.Report.Add($"{what}: visible p99", visible.P99, "ms", $"< {targetMs:#,0}", visible.P99 < targetMs);
        bench.Report.Invariant(
            $"Each of {what} was seen exactly once", result.Follow is { Missing: 0, Doubled: 0 },
            $"{visible.Count} seen, {result.Follow.Missing} missing, {result.Follow.Doubled} doubled");
        bench.Report.Note(
            $"{what}: storage calls per referral, including those of the reader of the change feed: {app.Calls.Since(mark).Each(visible.Count)}.");
        await Drain.QuietAsync(app);
    }
}
