using System.Diagnostics;

namespace EReferrals.Benchmarks;

/// <summary>Waiting until everything accepted is processed, and looking whether all of it is there.</summary>
internal static class Drain
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Until no message waits for the worklists.</summary>
    public static async Task<TimeSpan> WaitAsync(MeasuredApp app, Func<Task>? meanwhile = null)
    {
        var clock = Stopwatch.StartNew();
        var emptySince = default(TimeSpan?);
        // The status may be two seconds old, and a referral between the two queues is in neither: empty twice is empty.
        while (emptySince is null || clock.Elapsed - emptySince < TimeSpan.FromSeconds(2.2))
        {
            if (clock.Elapsed > Limit) throw new InvalidOperationException($"The backlog was not processed in {Limit}.");
            var queues = await app.QueuesAsync();
            var isEmpty = queues["referral-submitted"] + queues["worklist-changes"] == 0;
            if (!isEmpty) emptySince = null;
            else emptySince ??= clock.Elapsed;
            if (meanwhile is not null) await meanwhile();
            await Task.Delay(100);
        }

        return emptySince.Value;
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
