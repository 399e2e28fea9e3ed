using System.Diagnostics;

namespace EReferrals.Benchmarks;

/// <summary>Waiting until everything accepted is processed, and looking whether all of it is there.</summary>
internal static class Drain
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    // What is processed asks storage for something every few milliseconds.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(0.5);

    /// <summary>Until the queues are empty. Takes two seconds more, because the status may be so old.</summary>
    public static async Task<TimeSpan> WaitAsync(MeasuredApp app)
    {
        var clock = Stopwatch.StartNew();
        var emptySince = default(TimeSpan?);
        // A referral between the two queues is in neither: empty twice is empty.
        while (emptySince is null || clock.Elapsed - emptySince < TimeSpan.FromSeconds(2.2))
        {
            if (clock.Elapsed > Limit) throw new InvalidOperationException($"The backlog was not processed in {Limit}.");
            var queues = await app.QueuesAsync();
            var waiting = queues["referral-submitted"] + queues["worklist-changes"];
            if (waiting > 0) emptySince = null;
            else emptySince ??= clock.Elapsed;
            Progress.Now($"{waiting:#,0} messages wait to be processed");
            await Task.Delay(100);
        }

        return emptySince.Value;
    }

    /// <summary>Until the queue functions have asked nothing of storage for a while, which says the same sooner. The answer is when they asked last.</summary>
    public static async Task<TimeSpan> QuietAsync(MeasuredApp app)
    {
        Progress.Now("the queue functions end what they do");
        var clock = Stopwatch.StartNew();
        var lastAsked = TimeSpan.Zero;
        var mark = app.Calls.Mark();
        while (clock.Elapsed - lastAsked < Quiet)
        {
            if (clock.Elapsed > Limit) throw new InvalidOperationException($"The queue functions were still busy after {Limit}.");
            await Task.Delay(50);
            var now = app.Calls.Mark();
            if (app.Calls.Since(mark).Calls.Any(call => call.IsOfFlow)) lastAsked = clock.Elapsed;
            mark = now;
        }

        return lastAsked;
    }

    /// <summary>Every UBRN on these lists, as often as it stands there.</summary>
    public static async Task<List<string>> ListedAsync(MeasuredApp app, IEnumerable<string> hospitals, params string[] lists)
    {
        var listed = new List<string>();
        foreach (var hospital in hospitals)
        {
            foreach (var list in lists) listed.AddRange(await ListedAsync(app, hospital, list));
        }

        return listed;
    }

    private static async Task<List<string>> ListedAsync(MeasuredApp app, string hospital, string list)
    {
        var listed = new List<string>();
        string? cursor = null;
        do
        {
            var path = $"/v1/worklists/{list}?limit=1000{(cursor is null ? "" : $"&cursor={cursor}")}";
            using var page = await app.GetAsync(path, await app.Callers.ReviewerAsync(hospital));
            listed.AddRange(page.RootElement.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("ubrn").GetString()!));
            cursor = page.RootElement.GetProperty("next").GetString();
        }
        while (cursor is not null);
        return listed;
    }
}
