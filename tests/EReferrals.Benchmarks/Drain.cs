using System.Diagnostics;

namespace EReferrals.Benchmarks;

/// <summary>Waits until everything accepted is processed, and lists what the worklists contain.</summary>
internal static class Drain
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    // Processing calls storage every few milliseconds.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// Waits until the queues are empty and returns the time that it took. Waits two seconds longer than that, because the status can be two seconds old.
    /// </summary>
    public static async Task<TimeSpan> WaitAsync(MeasuredApp app)
    {
        var clock = Stopwatch.StartNew();
        var emptySince = default(TimeSpan?);
        // A referral between the two queues is in neither, so that both must be empty twice.
        while (emptySince is null || clock.Elapsed - emptySince < TimeSpan.FromSeconds(2.2))
        {
            if (clock.Elapsed > Limit) throw new InvalidOperationException($"The backlog was not processed in {Limit}.");
            var queues = await app.QueuesAsync();
            var waiting = queues["referral-submitted"] + queues["worklist-changes"];
            if (waiting > 0) emptySince = null;
            else emptySince ??= clock.Elapsed;
            Progress.Now($"{waiting:#,0} messages waiting to be processed");
            await Task.Delay(100);
        }

        return emptySince.Value;
    }

    /// <summary>
    /// Waits until the queue functions have not called storage for half a second, which shows sooner that they are done. Returns the time of their last call.
    /// </summary>
    public static async Task<TimeSpan> QuietAsync(MeasuredApp app)
    {
        Progress.Now("waiting for the queue functions to become idle");
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

    /// <summary>Returns every UBRN on these lists, repeated as often as it is listed.</summary>
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
