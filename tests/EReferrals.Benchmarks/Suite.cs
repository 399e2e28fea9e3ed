using System.Diagnostics;
using EReferrals.Benchmarks.Load;
using EReferrals.Benchmarks.Reports;
using EReferrals.Benchmarks.Scenarios;

namespace EReferrals.Benchmarks;

/// <summary>Runs the requested scenarios. Returns 1 when an invariant is broken. A missed target appears in the table and is not a failure.</summary>
internal static class Suite
{
    private static readonly IScenario[] All =
    [
        new AcceptCapacity(), new AcceptAtPeak(), new AcceptToVisible(), new WorklistPolls(), new AlignedPolls(),
        new BacklogDrain(), new Scenarios.Overload(), new Crash(), new NationalDay(), new CostGrowth(),
        new SlotRace(), new ErsFlows(),
    ];

    // Run the cost scenario (10) before those that leave messages for later, because their work would be counted.
    private static readonly int[] Order = [1, 2, 3, 4, 5, 10, 6, 7, 8, 9, 11, 12];

    public static async Task<int> MeasureAsync(Options options)
    {
        var clock = Stopwatch.StartNew();
        Progress.Begin();
        Progress.Say(Machine.Description);
        var report = new Report(options);
        await using var generator = GeneratorProcess.Start();
        await using var bench = new Bench(options, generator, report);
        foreach (var number in Order)
        {
            if (options.Scenarios.Count > 0 && !options.Scenarios.Contains(number)) continue;
            report.Begin(number, All[number - 1].Name);
            await All[number - 1].MeasureAsync(bench);
            Progress.Say($"   ({clock.Elapsed:m\\:ss})");
        }

        report.Write(clock.Elapsed, bench.GeneratorCores);
        return report.IsSound ? 0 : 1;
    }
}
