using System.Diagnostics;
using EReferrals.Benchmarks.Processes;

namespace EReferrals.Benchmarks.Scenarios;

/// <summary>Processing is stopped while 5,000 referrals are accepted. Then it catches up while new ones arrive.</summary>
internal sealed class BacklogDrain : IScenario
{
    private const int Backlog = 5_000;

    public string Name => "A backlog of 5,000, drained while 21/s go on coming";

    public async Task MeasureAsync(Bench bench)
    {
        var app = await bench.ColdAppAsync("ProcessSubmissionFunction");
        var submit = await Flows.SubmitAsync(app);
        var trickle = submit with { Name = "trickle", Rates = [21] };
        await bench.LoadAsync(app.Address, 1, submit with { Connections = 16, AtMost = 500 });
        var idle = (await bench.LoadAsync(app.Address, 3, trickle))["trickle"];
        var before = app.Use;
        var filling = (await bench.LoadAsync(app.Address, 60, submit with { AtMost = Backlog }))["submit"];
        bench.Report.Add("accepted while nothing is processed", filling.PerSecond(202), "/s");
        ProcessorTime.AddTo(bench.Report, "one accept", app, before, filling.Answered, ProcessRole.App, ProcessRole.Host, ProcessRole.Bus);

        await app.StopAsync();
        await app.StartAgainAsync();
        var waiting = (await app.QueuesAsync())["referral-submitted"];
        var clock = Stopwatch.StartNew();
        // The first requests after a start are slower, because code is compiled.
        var first = (await bench.LoadAsync(app.Address, 1, submit with { Connections = 16, AtMost = 200 }))["submit"];
        var begun = clock.Elapsed;
        var load = bench.LoadAsync(app.Address, bench.Options.Full ? 15 : 8, trickle);
        var empty = begun + await Drain.WaitAsync(app);
        var meanwhile = (await load)["trickle"];

        var processed = waiting + first.Count(202) + meanwhile.Count(202);
        var drained = processed / Math.Max(empty.TotalSeconds, 0.1);
        bench.Report.Add("drained, onto three lists each", drained, "/s", ">= 300", drained >= 300);
        ProcessorTime.AddTo(
            bench.Report, "one referral onto three lists, with the start and the few accepts meanwhile", app, ProcessUse.None, processed, ProcessRole.App,
            ProcessRole.Host, ProcessRole.Bus, ProcessRole.Storage);
        bench.Report.Add("accept at 21/s before: p99", idle.Of(202).P99, "ms");
        var times = meanwhile.Of(202).P99 / idle.Of(202).P99;
        bench.Report.Add("accept at 21/s while draining: p99", meanwhile.Of(202).P99, "ms", "<= 3x before", times <= 3);

        var accepted = idle.Accepted.Concat(filling.Accepted).Concat(first.Accepted).Concat(meanwhile.Accepted).ToHashSet();
        var listed = await Drain.ListedAsync(app, [Callers.Hospital], "REFERRALS_FOR_REVIEW");
        var missing = accepted.Except(listed).Count();
        bench.Report.Invariant(
            "Everything accepted is listed once", missing == 0 && listed.Distinct().Count() == listed.Count,
            $"{accepted.Count} accepted, {listed.Count} listed (with the warm-up), {missing} missing");
    }
}
