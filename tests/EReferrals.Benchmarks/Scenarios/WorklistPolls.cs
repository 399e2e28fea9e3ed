using EReferrals.Benchmarks.Load;
using EReferrals.Benchmarks.Processes;
using EReferrals.Benchmarks.References;

namespace EReferrals.Benchmarks.Scenarios;

/// <summary>Polls of 200 unchanged worklists, nineteen with the last entity tag for every one without, compared with a bare 304 of Kestrel.</summary>
internal sealed class WorklistPolls : IScenario
{
    private const int Practices = 200;

    public string Name => "Worklist polls, 95% of them unchanged";

    public async Task MeasureAsync(Bench bench)
    {
        var app = await bench.AppAsync();
        await using var bare = await ReferenceProcess.StartAsync(ReferenceServer.None);
        var practices = Enumerable.Range(0, Practices).Select(number => $"P{number:D3}").ToArray();
        await StoreAsync(bench, app, practices, bench.Options.Full ? 10_000 : 2 * Practices);
        var polls = await Callers.CallsAsync("/v1/worklists/AWAITING_BOOKING", app.Callers.ReferrerAsync, practices);
        var unchanged = new Flow { Name = "unchanged", Calls = polls, Connections = 15, Conditional = true };
        var whole = new Flow { Name = "whole", Calls = polls, Connections = 1 };
        var bareFlow = new Flow { Name = "bare", Calls = [new Call("/", new Dictionary<string, string>())], Connections = 16 };
        await bench.LoadAsync(app.Address, 2, unchanged, whole);
        await bench.LoadAsync(bare.Address, 0.3, bareFlow);

        var seconds = bench.Options.Full ? 5.0 : 1.2;
        var ratios = new List<double>();
        FlowResult last = null!;
        FlowResult undisturbed = null!;
        for (var round = 0; round < 2; round++)
        {
            var mark = app.Calls.Mark();
            var mixed = await bench.LoadAsync(app.Address, seconds, unchanged, whole);
            var used = app.Calls.Since(mark);
            var before = app.Use;
            var markAlone = app.Calls.Mark();
            var alone = await bench.LoadAsync(app.Address, seconds, unchanged with { Connections = 16 });
            undisturbed = alone["unchanged"];
            var readsAlone = app.Calls.Since(markAlone).Count(StorageCallKind.PointRead, StorageCallKind.Query);
            if (round > 0) ProcessorTime.AddTo(bench.Report, "one unchanged poll", app, before, alone["unchanged"].Answered, ProcessRole.App, ProcessRole.Host);
            var floor = await bench.LoadAsync(bare.Address, seconds, bareFlow);
            last = mixed["unchanged"];
            ratios.Add(alone["unchanged"].PerSecond(304) / floor["bare"].PerSecond(304));
            if (round == 0) continue;
            bench.Report.Add("unchanged polls alone", alone["unchanged"].PerSecond(304), "/s");
            bench.Report.Add("unchanged polls while whole lists are read", last.PerSecond(304), "/s");
            bench.Report.Add("whole lists meanwhile", mixed["whole"].PerSecond(200), "/s");
            bench.Report.Add("whole lists: p99", mixed["whole"].Of(200).P99, "ms");
            bench.Report.Add("unchanged polls alone: table reads for each poll", (double)readsAlone / undisturbed.Answered, "calls");
            var reads = used.Count(StorageCallKind.PointRead, StorageCallKind.Query);
            // Every list's version is read at most once a second for all pollers. Snapshot builds in this time also read.
            bench.Report.Add(
                "table reads for each poll of either kind, with those of snapshots", (double)reads / (last.Answered + mixed["whole"].Answered), "calls",
                "< 0.1", reads < 0.1 * (last.Answered + mixed["whole"].Answered));
        }

        bench.Report.Add("unchanged polls, 16 connections: p99", undisturbed.Of(304).P99, "ms", "< 15", undisturbed.Of(304).P99 < 15);
        bench.Report.Add("unchanged polls while whole lists are read, 15 connections: p99", last.Of(304).P99, "ms");
        bench.Report.Add("unchanged polls alone / a bare 304 of Kestrel", ratios.Average(), "x");
    }

    private static async Task StoreAsync(Bench bench, MeasuredApp app, string[] practices, int referrals)
    {
        var calls = await Callers.CallsAsync("/v1/referrals", app.Callers.ReferrerAsync, practices);
        await bench.LoadAsync(
            app.Address, 60, new Flow { Name = "store", Method = "POST", Calls = calls, Body = SubmissionBody.For(), Connections = 16, AtMost = referrals });
        await Drain.QuietAsync(app);
    }
}
