using EReferrals.Benchmarks.Load;

namespace EReferrals.Benchmarks.Scenarios;

/// <summary>
/// What a referral and a poll cost in storage calls and bytes, as the list grows and as more readers follow it. The JSON is what a capacity
/// calculation multiplies.
/// </summary>
internal sealed class CostGrowth : IScenario
{
    public string Name => "How cost grows with the list and with its readers";

    public async Task RunAsync(Bench bench)
    {
        await using var app = await bench.OwnAppAsync();
        await bench.WarmUpAsync(app);
        var costs = new List<Cost>();
        foreach (var length in bench.Options.Full ? new[] { 10, 100, 1_000, 10_000 } : [10, 100, 1_000])
        {
            var country = await Country.FoundAsync(app, $"L{length}", 800_000 + length, 1, 1);
            var submissions = await country.SubmissionsAsync(app.Callers);
            var submit = new Flow { Name = "submit", Method = "POST", Calls = submissions, Connections = 16 };
            await bench.RunAsync(app.Address, 60, submit with { AtMost = length });
            await Drain.WaitAsync(app);
            var referral = await UseAsync(app, async () =>
            {
                var result = await bench.RunAsync(app.Address, 2, submit with { Rates = [10] });
                await Drain.WaitAsync(app);
                return result["submit"].Count(202);
            });
            bench.Report.Add($"list of {length:#,0}: storage calls a referral", referral.Calls, "calls");
            bench.Report.Add($"list of {length:#,0}: bytes a referral", referral.Bytes, "bytes");
            var snapshots = bench.Options.Full ? await SnapshotsAsync(bench, app, submit) : null;
            foreach (var consumers in bench.Options.Full ? new[] { 1, 4, 16 } : [1, 16]) costs.Add(await MeasureAsync(bench, app, country, submit, length, consumers, referral, snapshots));
        }

        bench.Report.SaveJson("cost", costs);
        var (first, last) = (costs[0].Referral.Calls, costs[^1].Referral.Calls);
        bench.Report.Add($"a referral's calls at {costs[^1].ListLength:#,0} entries / at {costs[0].ListLength}", last / first, "x", "<= 1.2 (flat)", last / first <= 1.2);
    }

    // Readers look five times a second each while the list changes once a second.
    private static async Task<Cost> MeasureAsync(Bench bench, MeasuredApp app, Country country, Flow submit, int length, int consumers, Use referral, Use? snapshots)
    {
        var calls = await country.OfHospitalsAsync(app.Callers, Flows.HospitalList);
        var poll = new Flow { Name = "poll", Calls = calls, Connections = consumers, Conditional = true, Rates = [5 * consumers] };
        var unchanged = await UseAsync(app, async () => (await bench.RunAsync(app.Address, 1, poll))["poll"].Answered);
        var changing = await UseAsync(app, async () => (await bench.RunAsync(app.Address, 2, poll, submit with { Rates = [1] }))["poll"].Answered);
        await Drain.WaitAsync(app);
        bench.Report.Add($"list of {length:#,0}, {consumers} reader(s): storage calls a poll, unchanged", unchanged.Calls, "calls");
        return new Cost(length, consumers, referral, unchanged, changing, snapshots);
    }

    // One change, then everything until the snapshots of its three lists are surely written. The referral's own calls are in it.
    private static Task<Use> SnapshotsAsync(Bench bench, MeasuredApp app, Flow submit) => UseAsync(app, async () =>
    {
        await bench.RunAsync(app.Address, 5, submit with { AtMost = 1 });
        await Task.Delay(TimeSpan.FromSeconds(18));
        return 1;
    });

    private static async Task<Use> UseAsync(MeasuredApp app, Func<Task<int>> work)
    {
        var before = app.Calls.Read();
        var things = Math.Max(1, await work());
        var used = app.Calls.Read() - before;
        return new Use(
            (double)used.Calls / things,
            (double)used.Bytes / things,
            used.ByKind.Where(pair => pair.Value.Calls > 0).ToDictionary(pair => pair.Key, pair => Math.Round((double)pair.Value.Calls / things, 3)));
    }

    /// <param name="Poll">Of a list that does not change.</param>
    /// <param name="PollWhileChanging">Of a list that a referral joins every second, whose own cost is in it.</param>
    /// <param name="ChangeWithSnapshots">Of one change and the snapshots that follow it, at most every 15 seconds a list; measured with --full.</param>
    private sealed record Cost(int ListLength, int Readers, Use Referral, Use Poll, Use PollWhileChanging, Use? ChangeWithSnapshots);

    private sealed record Use(double Calls, double Bytes, IReadOnlyDictionary<StorageCall, double> ByKind);
}
