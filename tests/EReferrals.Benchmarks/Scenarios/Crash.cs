namespace EReferrals.Benchmarks.Scenarios;

/// <summary>The process is killed under load three times, at moments that nobody chose, and started again.</summary>
internal sealed class Crash : IScenario
{
    private const int Kills = 3;

    public string Name => "Crash: killed under load three times";

    public async Task RunAsync(Bench bench)
    {
        var app = await bench.ColdAppAsync();
        var submit = (await Flows.SubmitAsync(app)) with { Rates = [200] };
        var accepted = new List<string>();
        var unknown = 0;
        var restarts = new List<double>();
        for (var kill = 0; kill < Kills; kill++)
        {
            var load = bench.RunAsync(app.Address, 1.6, submit);
            await Task.Delay(TimeSpan.FromSeconds(0.6 + (Random.Shared.NextDouble() * 0.8)));
            await app.KillAsync();
            var result = (await load)["submit"];
            accepted.AddRange(result.Accepted);
            unknown += result.Unknown;
            restarts.Add((await app.StartAgainAsync()).TotalSeconds);
        }

        await Drain.WaitAsync(app);
        var listed = await Drain.ListedAsync(app, [Callers.Hospital], "REFERRALS_FOR_REVIEW");
        var missing = accepted.Except(listed).Count();
        var doubled = listed.Count - listed.Distinct().Count();
        var invented = listed.Except(accepted).Count();
        bench.Report.Add("ready again after a kill", restarts.Average(), "s");
        bench.Report.Add("accepted", accepted.Count, "referrals");
        bench.Report.Invariant(
            "Every 202 is visible once, and of those without an answer each at most once",
            missing == 0 && doubled == 0 && invented <= unknown,
            $"{accepted.Count} accepted, {listed.Count} listed, {missing} missing, {doubled} doubled, {invented} of {unknown} without an answer");
    }
}
