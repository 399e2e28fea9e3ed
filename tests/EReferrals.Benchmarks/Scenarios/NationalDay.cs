using EReferrals.Benchmarks.Load;
using EReferrals.Benchmarks.Reports;

namespace EReferrals.Benchmarks.Scenarios;

/// <summary>
/// A national Monday morning and multiples of it: the rates of the load model for each minute, with one second per minute. The rates rise from the daily mean
/// to three times the busiest hour and fall again. Pollers are aligned to the minute.
/// </summary>
internal sealed class NationalDay : IScenario
{
    private const int Hospitals = 20;
    private const int Practices = 60;

    // Enough connections that no request waits for one, as in the real world.
    private const int Many = 1_024;

    // Fractions of the burst rate. The daily mean is 0.22 of it and the busiest hour 0.33.
    private static readonly double[] Morning = [0.22, 0.33, 0.6, 1, 1, 1, 0.6, 0.33];

    public string Name => "The national day, 1x and multiples";

    public async Task MeasureAsync(Bench bench)
    {
        var app = await bench.NewAppAsync();
        var country = await Country.FoundAsync(app, "N", 700_000, Hospitals, Practices);
        var seconds = bench.Options.Full ? 60 : 5;
        var held = 0.0;
        var rows = new List<(double Multiple, LoadResult Result)>();
        foreach (var multiple in bench.Options.Full ? new double[] { 1, 2, 4, 7, 10 } : [1, 2, 10])
        {
            var day = await DayAsync(bench, app, country, multiple, seconds);
            rows.Add((multiple, day.Result));
            var isHeld = Report(bench.Report, multiple, day);
            if (isHeld) held = Math.Max(held, multiple);
            await CompareAsync(bench.Report, app, country, rows, multiple);
            var broken = day.Result.Flows.Sum(flow => flow.ServerErrors);
            bench.Report.Invariant(
                $"At {multiple}x no response is an unexpected server error", broken == 0, $"{broken} 5xx responses other than 503. {app.FirstError}");
            if (!isHeld && !bench.Options.Full) break;
        }

        bench.Report.Add("largest multiple of national demand with every target met", held, "x", ">= 10", held >= 10);
        bench.Report.Save(new Chart("national-day", "The national day: p99 against demand", "times national demand", "ms")
        {
            Lines =
            [
                Of("submit", 202), Of("hospital lists", 200), Of("pollers", 304), Of("read a referral", 200), Of("upload", 201),
            ],
        });

        Line Of(string flow, int status) => new($"{flow} ({status})", [.. rows.Select(row => (row.Multiple, row.Result[flow].Of(status).P99))]);
    }

    private static async Task<Day> DayAsync(Bench bench, MeasuredApp app, Country country, double multiple, double seconds)
    {
        var flows = await FlowsAsync(app, country, multiple);
        var mark = app.Calls.Mark();
        var load = bench.LoadAsync(app.Address, seconds, [.. flows]);
        var depths = new List<(double X, double Y)>();
        while (!load.IsCompleted)
        {
            var queues = await app.QueuesAsync();
            depths.Add((depths.Count * 0.5, queues["referral-submitted"] + queues["worklist-changes"]));
            await Task.WhenAny(load, Task.Delay(500));
        }

        return new Day(await load, app.Calls.Since(mark), depths);
    }

    // Requests per second at the burst, from the load model: 10 referrals; 100 calls by referrers in total; 165 list loads, 30 opened referrals and 100
    // unattended polls by providers.
    private static async Task<IReadOnlyList<Flow>> FlowsAsync(MeasuredApp app, Country country, double multiple)
    {
        var callers = app.Callers;
        var search = await Callers.CallsAsync("/v1/services?specialty=CARDIOLOGY&priority=ROUTINE", callers.ReferrerAsync, country.Practices);
        var ownList = await Callers.CallsAsync("/v1/worklists/AWAITING_BOOKING", callers.ReferrerAsync, country.Practices);
        var uploads = (await Callers.CallsAsync("/v1/attachments", callers.ReferrerAsync, country.Practices))
            .Select(call => call with { Headers = new Dictionary<string, string>(call.Headers) { ["NHSD-eRS-File-Name"] = "letter.pdf" } });
        return
        [
            At(10, new Flow { Name = "submit", Method = "POST", Calls = await country.SubmissionsAsync(callers), Connections = Many }),
            At(
                20,
                new Flow { Name = "upload", Method = "POST", Calls = [.. uploads], ContentType = "application/pdf", BodyBytes = 55_000, Connections = Many }),
            At(30, new Flow { Name = "search services", Calls = search, Connections = Many }),
            At(40, new Flow { Name = "practice lists", Calls = ownList, Connections = Many, Conditional = true }),
            At(
                165,
                new Flow
                {
                    Name = "hospital lists",
                    Calls = await country.OfHospitalsAsync(callers, Flows.HospitalList),
                    Connections = Many,
                    Conditional = true,
                }),
            At(
                30,
                new Flow
                {
                    Name = "read a referral",
                    Calls = await country.OfHospitalsAsync(callers, "/v1/referrals/{ubrn}"),
                    Connections = Many,
                    OfAccepted = true,
                }),
            At(
                8,
                new Flow
                {
                    Name = "review",
                    Calls = await country.OfHospitalsAsync(callers, "/v1/referrals/{ubrn}"),
                    Connections = Many,
                    OfAccepted = true,
                    ThenPost = "/accept",
                    Body = "{}",
                }),
            At(
                100,
                new Flow
                {
                    Name = "pollers",
                    Calls = await country.OfHospitalsAsync(callers, "/v1/worklists/APPOINTMENT_SLOT_ISSUES"),
                    Connections = Many,
                    Conditional = true,
                    Aligned = true,
                    EachSecond = true,
                }),
        ];

        Flow At(double burst, Flow flow) => flow with { Rates = [.. Morning.Select(share => burst * share * multiple)] };
    }

    private static bool Report(Report report, double multiple, Day day)
    {
        foreach (var flow in day.Result.Flows)
        {
            foreach (var (status, latency) in flow.ByStatus.Where(pair => pair.Value.Count > 0).OrderBy(pair => pair.Key))
            {
                report.Note(
                    $"{multiple}x, {flow.Name}, {status}: {latency.Count} responses, p50 {latency.P50:0.0}, p95 {latency.P95:0.0}, p99 {latency.P99:0.0} ms.");
            }
        }

        var requests = day.Result.Flows.Sum(flow => flow.Answered);
        var lists = day.Result.Flows.Where(flow => flow.Name is "practice lists" or "hospital lists" or "pollers").ToArray();
        var create = day.Result["submit"].Of(202);
        var list = lists.SelectMany(flow => flow.ByStatus.Values).ToArray();
        var refused = day.Result.Flows.Sum(flow => flow.Answered - flow.Count(200, 201, 202, 304)) + day.Result.Flows.Sum(flow => flow.Unknown);
        report.Add($"{multiple}x: requests", requests / day.Result.Seconds, "/s");
        report.Add($"{multiple}x: submit p95", create.P95, "ms", "<= 1,000", create.P95 <= 1_000);
        report.Add(
            $"{multiple}x: worklists p95 (the slowest kind)", list.Max(latency => latency.P95), "ms", "<= 1,000", list.All(latency => latency.P95 <= 1_000));
        report.Add(
            $"{multiple}x: worklists p99 (the slowest kind)", list.Max(latency => latency.P99), "ms", "<= 2,000", list.All(latency => latency.P99 <= 2_000));
        report.Add($"{multiple}x: refused or failed", refused, "requests", "0", refused == 0);
        report.Add($"{multiple}x: answered with 304, of list requests", 100.0 * lists.Sum(flow => flow.Count(304)) / lists.Sum(flow => flow.Answered), "%");
        report.Add($"{multiple}x: most messages waiting", day.Depths.Max(depth => depth.Y), "messages");
        report.Note($"{multiple}x: storage calls per request: {day.Used.Each(requests)}.");
        foreach (var work in day.Used.ByWork(most: 8)) report.Note($"{multiple}x: storage calls of {work}.");
        report.Save(
            new Chart($"queue-depth-{multiple}x", $"Messages waiting at {multiple}x national demand", "seconds", "messages")
            {
                Lines = [new Line("both queues of the flow", day.Depths)],
            });
        return create.P95 <= 1_000 && list.All(latency => latency is { P95: <= 1_000, P99: <= 2_000 }) && refused == 0;
    }

    private static async Task CompareAsync(Report report, MeasuredApp app, Country country, List<(double Multiple, LoadResult Result)> rows, double multiple)
    {
        var drained = await Drain.QuietAsync(app);
        report.Add($"{multiple}x: everything processed after the last", drained.TotalSeconds, "s");
        var accepted = rows.SelectMany(row => row.Result.Accepted).ToHashSet();
        var listed = await ListedAsync();
        if (accepted.Except(listed).Any())
        {
            // The queue functions may only have paused.
            await Drain.WaitAsync(app);
            listed = await ListedAsync();
        }

        var missing = accepted.Except(listed).Count();
        var doubled = listed.Count - listed.Distinct().Count();
        report.Invariant(
            $"At {multiple}x everything accepted is on one list of its hospital", missing + doubled == 0,
            $"{accepted.Count} accepted, {missing} missing, {doubled} doubled");

        // Reviewed referrals have moved to the booking list.
        Task<List<string>> ListedAsync() => Drain.ListedAsync(app, country.Hospitals, "REFERRALS_FOR_REVIEW", "APPOINTMENTS_FOR_BOOKING");
    }

    private sealed record Day(LoadResult Result, StorageUse Used, IReadOnlyList<(double X, double Y)> Depths);
}
