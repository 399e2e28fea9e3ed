using EReferrals.Benchmarks.Processes;

namespace EReferrals.Benchmarks.Scenarios;

/// <summary>Kills one process after another under load at random moments. The host, with which all others end, is started again.</summary>
internal sealed class Crash : IScenario
{
    // Excludes the storage emulators: a killed emulator loses what it acknowledged in the last five seconds.
    private static readonly ProcessRole[] Victims = [ProcessRole.Host, ProcessRole.App, ProcessRole.Bus, ProcessRole.Host];

    public string Name => "Crash: host, app and bus killed under load";

    public async Task MeasureAsync(Bench bench)
    {
        var app = await bench.ColdAppAsync();
        var submit = (await Flows.SubmitAsync(app)) with { Rates = [200] };
        var accepted = new List<string>();
        var unknown = 0;
        var back = new List<(ProcessRole Victim, double Seconds)>();
        foreach (var victim in Victims)
        {
            var load = bench.LoadAsync(app.Address, 1.6, submit);
            await Task.Delay(TimeSpan.FromSeconds(0.6 + (Random.Shared.NextDouble() * 0.8)));
            await app.KillAsync(victim);
            var result = (await load)["submit"];
            accepted.AddRange(result.Accepted);
            // A submission without a 202 may still have been stored, when the process died before it could respond.
            unknown += result.Unknown + result.Answered - result.Count(202);
            back.Add((victim, (await (victim == ProcessRole.Host ? app.StartAgainAsync() : app.ReadyAgainAsync())).TotalSeconds));
        }

        await Drain.WaitAsync(app);
        var listed = await Drain.ListedAsync(app, [Callers.Hospital], "REFERRALS_FOR_REVIEW");
        var missing = accepted.Except(listed).Count();
        var doubled = listed.Count - listed.Distinct().Count();
        var invented = listed.Except(accepted).Count();
        foreach (var each in back.GroupBy(one => one.Victim))
        {
            bench.Report.Add(
                $"ready again after the {ProcessorTime.NameOf(each.Key)} was killed, when the load had ended", each.Average(one => one.Seconds), "s");
        }

        bench.Report.Add("accepted", accepted.Count, "referrals");
        bench.Report.Invariant(
            "Every 202 is visible once, and of those without a 202 each at most once",
            missing == 0 && doubled == 0 && invented <= unknown,
            $"{accepted.Count} accepted, {listed.Count} listed, {missing} missing, {doubled} doubled, {invented} of {unknown} without a 202");
    }
}
