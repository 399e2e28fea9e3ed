using EReferrals.Benchmarks.Load;
using EReferrals.Benchmarks.Processes;

namespace EReferrals.Benchmarks.Scenarios;

/// <summary>The e-RS API: A011 beside the plain submission, A008 while the worklist stays the same and while it changes, and A005.</summary>
internal sealed class ErsFlows : IScenario
{
    private const int Connections = 16;
    private const int Listed = 400;
    private const double ChangesPerSecond = 21;
    private const string Unchanged = "A008 unchanged";
    private const string Changed = "A008 changed";
    private const string Read = "A005";

    public string Name => "The e-RS API: create, worklist, read";

    public async Task MeasureAsync(Bench bench)
    {
        var app = await bench.NewAppAsync();
        var seconds = bench.Options.Full ? 5 : 2.0;
        var submit = await Flows.SubmitAsync(app);
        var stored = await bench.LoadAsync(app.Address, 60, submit with { Connections = Connections, AtMost = Listed });
        await Drain.QuietAsync(app);
        await ReadAsync(bench, app, [.. stored.Accepted], seconds);
        await PollAsync(bench, app, submit, seconds);
        await CreateAsync(bench, app, submit, seconds);
        await bench.EndAppAsync();
    }

    private static async Task ReadAsync(Bench bench, MeasuredApp app, IReadOnlyList<string> ubrns, double seconds)
    {
        var headers = await app.Callers.ReviewerAsync();
        var calls = ubrns.Select(ubrn => new Call($"{ErsBodies.Referrals}/{ubrn}", headers)).ToArray();
        var flow = new Flow { Name = Read, Calls = calls, Connections = Connections };
        await bench.LoadAsync(app.Address, 1, flow);
        var result = (await bench.LoadAsync(app.Address, seconds, flow))[Read];
        bench.Report.Add("A005, 16 connections", result.PerSecond(200), "/s");
        bench.Report.Add("A005, 16 connections: p99", result.Of(200).P99, "ms");
        bench.Report.Invariant("Every A005 was answered with the referral", result.Answered == result.Count(200), $"{result.Count(200)}");
    }

    private static async Task PollAsync(Bench bench, MeasuredApp app, Flow submit, double seconds)
    {
        var headers = await app.Callers.ReviewerAsync();
        var poll = Poll(new Dictionary<string, string>(headers) { ["Accept-Encoding"] = "gzip" });
        await bench.LoadAsync(app.Address, 1, poll);
        var (mark, before) = (app.Calls.Mark(), app.Use);
        var alone = (await bench.LoadAsync(app.Address, seconds, poll))[Unchanged];
        var reads = app.Calls.Since(mark).Count(StorageCallKind.PointRead, StorageCallKind.Query);
        bench.Report.Add("A008 unchanged, 16 connections, gzip", alone.PerSecond(200), "/s");
        bench.Report.Add("A008 unchanged, 16 connections, gzip: p99", alone.Of(200).P99, "ms", "< 20", alone.Of(200).P99 < 20);
        bench.Report.Add("A008 unchanged: table reads for each poll", (double)reads / alone.Answered, "calls", "<= 1", reads <= alone.Answered);
        ProcessorTime.AddTo(bench.Report, "one A008 unchanged", app, before, alone.Answered, ProcessRole.App, ProcessRole.Host, ProcessRole.Storage);

        var plain = (await bench.LoadAsync(app.Address, seconds, Poll(headers)))[Unchanged];
        bench.Report.Add("A008 unchanged, 16 connections, not compressed", plain.PerSecond(200), "/s");
        bench.Report.Add("A008 unchanged, 16 connections, not compressed: p99", plain.Of(200).P99, "ms");

        // Every new referral changes the list.
        var changing = await bench.LoadAsync(app.Address, seconds, poll with { Name = Changed }, submit with { Rates = [ChangesPerSecond] });
        bench.Report.Add("A008 while the list changes 21 times a second, gzip", changing[Changed].PerSecond(200), "/s");
        bench.Report.Add("A008 while the list changes 21 times a second, gzip: p99", changing[Changed].Of(200).P99, "ms");
        await Drain.QuietAsync(app);
    }

    private static Flow Poll(IReadOnlyDictionary<string, string> headers) => new()
    {
        Name = Unchanged,
        Method = "POST",
        Calls = [new Call(ErsBodies.FetchWorklist, headers, Body: ErsBodies.Worklist("REFERRALS_FOR_REVIEW"))],
        ContentType = ErsBodies.Fhir,
        Connections = Connections,
    };

    private static async Task CreateAsync(Bench bench, MeasuredApp app, Flow submit, double seconds)
    {
        var create = new Flow
        {
            Name = "A011",
            Method = "POST",
            Calls = [new Call(ErsBodies.CreateReferral, await app.Callers.ReferrerAsync(), Body: ErsBodies.Creation())],
            ContentType = ErsBodies.Fhir,
            Connections = Connections,
        };
        await bench.LoadAsync(app.Address, 1, create);
        await Drain.QuietAsync(app);
        var ratios = new List<double>();
        foreach (var connections in new[] { Connections, 64 })
        {
            var (mark, before) = (app.Calls.Mark(), app.Use);
            var created = (await bench.LoadAsync(app.Address, seconds, create with { Connections = connections }))["A011"];
            await Drain.QuietAsync(app);
            ProcessorTime.AddTo(
                bench.Report, $"one A011 and its lists, {connections} connections", app, before, created.Count(201),
                ProcessRole.App, ProcessRole.Host, ProcessRole.Bus, ProcessRole.Storage);
            bench.Report.Note($"Storage calls for each A011 and its lists: {app.Calls.Since(mark).Each(created.Count(201))}.");
            var submitted = (await bench.LoadAsync(app.Address, seconds, submit with { Connections = connections }))["submit"];
            await Drain.QuietAsync(app);
            bench.Report.Add($"A011, {connections} connections", created.PerSecond(201), "/s");
            bench.Report.Add($"A011, {connections} connections: p99", created.Of(201).P99, "ms");
            bench.Report.Invariant(
                $"Every A011 at {connections} connections was carried out or refused for the moment",
                created.Answered == created.Count(201, 429, 503) && created.Unknown == 0, $"{created.Count(201)}");
            ratios.Add(created.PerSecond(201) / submitted.PerSecond(202));
        }

        // The plain submission is only queued; A011 is saved before it is answered.
        var words = $"A011 / plain submission, 16 and 64 connections (rounds {string.Join(" and ", ratios.Select(ratio => $"{ratio:0.00}"))})";
        bench.Report.Add(words, ratios.Average(), "x", ">= 0.5", ratios.Average() >= 0.5);
    }
}
