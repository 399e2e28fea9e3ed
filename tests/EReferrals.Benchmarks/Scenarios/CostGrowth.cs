using System.Diagnostics;
using EReferrals.Benchmarks.Load;
using EReferrals.Benchmarks.Reports;

namespace EReferrals.Benchmarks.Scenarios;

/// <summary>
/// Measures the storage calls and bytes of a referral, a decision, a poll and a snapshot as lists and their numbers of readers grow. Each is measured alone,
/// because concurrent work shares calls and costs less.
/// </summary>
internal sealed class CostGrowth : IScenario
{
    private const int Referrals = 4;
    private const int Decisions = 2;
    private const int Polls = 2;

    // Seconds between changes, enough for a change to reach its lists.
    private const double Apart = 0.2;

    // Allowed growth factor, because lists grow a little during the measurement.
    private const double Flat = 1.2;

    // Seconds between polls. A list's version is cached for one second, so that each poll must read it.
    private const double Longer = 1.2;

    // A snapshot is requested at most twelve seconds after a change.
    private static readonly TimeSpan SnapshotLimit = TimeSpan.FromMinutes(2);

    public string Name => "How cost grows with the list and with its readers";

    public async Task MeasureAsync(Bench bench)
    {
        var app = await bench.AppAsync();
        var places = new List<CostPlace>();
        foreach (var length in bench.Options.Full ? new[] { 10, 100, 1_000, 10_000 } : [10, 100, 1_000]) places.Add(await CostPlace.FoundAsync(app, length));
        var empty = app.Calls.Mark();
        await bench.LoadAsync(app.Address, 300, [.. places.Select(place => place.Submit with { AtMost = place.Length })]);
        await Drain.QuietAsync(app);

        var costs = new Costs([], [], [], [], []);
        var full = app.Calls.Mark();
        await MeasurePollsAsync(bench, app, places, costs);
        foreach (var place in places) await MeasureChangesAsync(bench, app, place, costs);
        foreach (var place in places) costs.Snapshots.Add(new CostAt(place.Length, await SnapshotAsync(app, place.Lists[0], empty, full)));

        bench.Report.SaveJson("cost", costs);
        ReportOn(bench.Report, costs);
    }

    private static async Task MeasureChangesAsync(Bench bench, MeasuredApp app, CostPlace place, Costs costs)
    {
        var mark = app.Calls.Mark();
        var oneByOne = place.Submit with { Aligned = true, Rates = [.. Enumerable.Repeat(1 / Apart, Referrals)] };
        var accepted = (await bench.LoadAsync(app.Address, Referrals * Apart, oneByOne)).Accepted.ToArray();
        await Drain.QuietAsync(app);
        costs.Referrals.Add(new CostAt(place.Length, CostOfRequests(accepted.Length)));

        // The first decision creates a list.
        await place.AcceptAsync(accepted[0], await place.OpenAsync(accepted[0]));
        await Drain.QuietAsync(app);

        mark = app.Calls.Mark();
        var opened = new List<(string Ubrn, string Tag)>();
        foreach (var ubrn in accepted.Skip(1).Take(Decisions)) opened.Add((ubrn, await place.OpenAsync(ubrn)));
        costs.Readings.Add(new CostAt(place.Length, CostOfRequests(opened.Count)));

        mark = app.Calls.Mark();
        foreach (var (ubrn, tag) in opened)
        {
            await place.AcceptAsync(ubrn, tag);
            await Task.Delay(TimeSpan.FromSeconds(Apart));
        }

        await Drain.QuietAsync(app);
        costs.Decisions.Add(new CostAt(place.Length, CostOfRequests(opened.Count)));

        // Excludes the snapshots of this time and the app's periodic background work.
        Cost CostOfRequests(int things) =>
            Cost.Of(app.Calls.Since(mark).Calls.Where(call => call.IsAudit || call.Work is not ("" or StorageCall.SnapshotWork)), things);
    }

    private static async Task MeasurePollsAsync(Bench bench, MeasuredApp app, IReadOnlyList<CostPlace> places, Costs costs)
    {
        var polls = new List<Flow>();
        foreach (var list in places.SelectMany(place => place.Lists)) polls.Add(await list.PollAsync(app));
        await Task.Delay(TimeSpan.FromSeconds(Longer));

        var mark = app.Calls.Mark();
        await bench.LoadAsync(
            app.Address, Polls * Longer, [.. polls.Select(poll => poll with { Rates = [.. Enumerable.Repeat(poll.Connections / Longer, Polls)] })]);
        var unchanged = app.Calls.Since(mark);

        // Alternately, every list changes and every reader polls.
        mark = app.Calls.Mark();
        var turns = Enumerable.Range(0, 2 * Polls).ToArray();
        await bench.LoadAsync(
            app.Address, turns.Length * Longer,
            [
                .. places.Select(place => place.Submit with { Aligned = true, Rates = [.. turns.Select(turn => turn % 2 == 0 ? 1 / Longer : 0)] }),
                .. polls.Select(poll => poll with { Rates = [.. turns.Select(turn => turn % 2 == 1 ? poll.Connections / Longer : 0)] }),
            ]);
        var changed = app.Calls.Since(mark);

        foreach (var place in places)
        {
            costs.Polls.AddRange(place.Lists.Select(list => new PollCost(
                place.Length, list.Readers,
                Cost.Of(unchanged.Calls.Where(list.IsPoll), Polls * list.Readers),
                Cost.Of(changed.Calls.Where(list.IsPoll), Polls * list.Readers))));
        }
    }

    /// <summary>Returns the cost of the last snapshot. Waits for one that was started after the list reached its length.</summary>
    private static async Task<Cost> SnapshotAsync(MeasuredApp app, CostList list, long empty, long full)
    {
        Progress.Now($"waiting for the snapshot of {list.Name}");
        var clock = Stopwatch.StartNew();
        while (!app.Calls.Since(full).Calls.Any(list.EndsSnapshot))
        {
            if (clock.Elapsed > SnapshotLimit) throw new InvalidOperationException($"No snapshot of {list.Name} was written in {SnapshotLimit}.");
            await Task.Delay(250);
        }

        return Cost.Of(app.Calls.Since(empty).Calls.Where(list.IsSnapshot).GroupBy(call => call.Run).Last(run => run.Any(list.EndsSnapshot)), 1);
    }

    private static void ReportOn(Report report, Costs costs)
    {
        report.Table(
            "What one thing costs at the storage accounts",
            ["list of", "a referral, onto three lists", "a referral opened", "a referral accepted", "a snapshot of the list"],
            costs.Referrals.Select((referral, index) => (string[])
            [
                $"{referral.ListLength:#,0}", Text(referral.Cost), Text(costs.Readings[index].Cost), Text(costs.Decisions[index].Cost),
                Text(costs.Snapshots[index].Cost),
            ]));
        report.Table(
            "What one poll of a list costs",
            ["list of", "readers", "unchanged", "changed since the last"],
            costs.Polls.Select(poll => (string[])[$"{poll.ListLength:#,0}", $"{poll.Readers}", Text(poll.Unchanged), Text(poll.Changed)]));
        report.Note("In addition, all list responses of the same moment share one append to the audit trail.");

        Growth("calls a referral", costs.Referrals, cost => cost.Calls, isToBeFlat: true);
        Growth("bytes a referral", costs.Referrals, cost => cost.Bytes, isToBeFlat: true);
        Growth("calls a decision", costs.Decisions, cost => cost.Calls, isToBeFlat: true);
        Growth("bytes a decision", costs.Decisions, cost => cost.Bytes, isToBeFlat: true);
        var alone = costs.Polls.Where(poll => poll.Readers == 1).ToArray();
        Growth("calls a poll, unchanged", [.. alone.Select(poll => new CostAt(poll.ListLength, poll.Unchanged))], cost => cost.Calls, isToBeFlat: true);
        Growth("calls a poll, changed", [.. alone.Select(poll => new CostAt(poll.ListLength, poll.Changed))], cost => cost.Calls, isToBeFlat: true);
        Growth(
            "bytes a poll, changed, at most a page", [.. alone.Select(poll => new CostAt(poll.ListLength, poll.Changed))], cost => cost.Bytes,
            isToBeFlat: false);
        Growth("calls a snapshot, a query for each 1,000 entries", costs.Snapshots, cost => cost.Calls, isToBeFlat: false);
        Growth("bytes a snapshot", costs.Snapshots, cost => cost.Bytes, isToBeFlat: false);

        var longest = costs.Polls[^1].ListLength;
        var (one, many) = (costs.Polls.Single(poll => poll.ListLength == longest && poll.Readers == 1), costs.Polls[^1]);
        report.Add(
            $"calls of all {many.Readers} readers, unchanged / of one: the readers share them", many.Unchanged.Calls * many.Readers / one.Unchanged.Calls, "x",
            "<= 1.2", many.Unchanged.Calls * many.Readers <= 1.2 * one.Unchanged.Calls);
        var entries = costs.Snapshots[^1].ListLength - costs.Snapshots[0].ListLength;
        report.Add("bytes of a snapshot for each entry of the list", (costs.Snapshots[^1].Cost.Bytes - costs.Snapshots[0].Cost.Bytes) / entries, "bytes");

        void Growth(string what, IReadOnlyList<CostAt> costs, Func<Cost, double> value, bool isToBeFlat)
        {
            var (first, last) = (costs[0], costs[^1]);
            var times = value(last.Cost) / value(first.Cost);
            var word = times <= Flat ? "flat" : times >= 0.5 * last.ListLength / first.ListLength ? "linear" : "less than linear";
            what = $"{what}: list of {last.ListLength:#,0} / of {first.ListLength}: {word}";
            if (isToBeFlat) report.Add(what, times, "x", $"<= {Flat}", times <= Flat);
            else report.Add(what, times, "x");
        }
    }

    private static string Text(Cost cost) => $"{cost.Calls:0.##} calls, {cost.Bytes:#,0} bytes";
}
