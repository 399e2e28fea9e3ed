using System.Diagnostics;
using System.Text.Json;

namespace EReferrals.Benchmarks.Load;

/// <summary>The load generator process. Reads one plan per input line and writes one result per output line until its input ends.</summary>
internal static class Generator
{
    public static async Task ServeAsync()
    {
        // Nothing else may write to standard output, because a line that is not JSON would be read as a result.
        using var output = Console.Out;
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var plan = JsonSerializer.Deserialize<LoadPlan>(line)!;
            await output.WriteLineAsync(JsonSerializer.Serialize(await LoadAsync(plan)));
            await output.FlushAsync();
        }
    }

    private static async Task<LoadResult> LoadAsync(LoadPlan plan)
    {
        var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        var ledger = new Ledger();
        var runs = plan.Flows.Select(flow => new FlowRun(plan, flow, ledger, clock)).ToArray();
        await using var follower = plan.Follow is { } feed ? await Follower.BeginAsync(plan.Address, feed, ledger) : null;
        clock.Restart();
        await Task.WhenAll(runs.Select(run => run.SendAllAsync()));
        var seconds = clock.Elapsed.TotalSeconds;
        process.Refresh();
        var cores = (process.TotalProcessorTime - before).TotalSeconds / seconds;
        var followed = follower is null ? null : await follower.EndAsync();
        var results = runs.Select(run => run.Result(seconds)).ToArray();
        foreach (var run in runs) run.Dispose();
        return new LoadResult(results, followed, seconds, cores);
    }
}
