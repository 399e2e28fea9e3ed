using EReferrals.Benchmarks.Load;

namespace EReferrals.Benchmarks.Scenarios;

/// <summary>All hospital systems poll at the full minute: 2,400 requests are due at the same instant.</summary>
internal sealed class AlignedPolls : IScenario
{
    private const int Polls = 2_400;
    private const int Hospitals = 200;

    public string Name => "Aligned polls: 2,400 at once";

    public async Task MeasureAsync(Bench bench)
    {
        var app = await bench.AppAsync();
        var calls = await Callers.CallsAsync(
            "/v1/worklists/APPOINTMENT_SLOT_ISSUES", app.Callers.ReviewerAsync, Enumerable.Range(0, Hospitals).Select(number => $"H{number:D3}"));
        const double slice = 4;
        var flow = new Flow { Name = "polls", Calls = calls, Connections = 1_024, Conditional = true, Aligned = true, Rates = [Polls / slice, Polls / slice] };

        // The first burst has no entity tags and gets complete responses, each with an audit entry. The second burst gets 304.
        var mark = app.Calls.Mark();
        var result = (await bench.LoadAsync(app.Address, 2 * slice, flow))["polls"];
        bench.Report.Add("2,400 unchanged, all answered after", result.Of(304).Max, "ms", "< 2,000", result.Of(304).Max < 2_000);
        bench.Report.Add("2,400 whole and audited, all answered after", result.Of(200).Max, "ms");
        bench.Report.Note($"Storage calls of both bursts: {app.Calls.Since(mark).Each(1)}.");
        bench.Report.Add("aligned polls that got their list or a 304", result.Count(200, 304), "polls", "4,800", result.Count(200, 304) == 2 * Polls);
    }
}
