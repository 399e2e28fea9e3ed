using System.Diagnostics;

namespace EReferrals.Tests;

/// <summary>Polls until a condition holds that another process or a message in transit will make true.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    public static Task TrueAsync(Func<Task<bool>> condition, int withinSeconds = 60) => TrueAsync(condition, () => Task.FromResult(""), withinSeconds);

    /// <param name="found">Returns the state to report when the time is up.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<Task<string>> found, int withinSeconds = 60)
    {
        var waiting = Stopwatch.StartNew();
        while (!await condition())
        {
            if (waiting.Elapsed.TotalSeconds >= withinSeconds) Assert.Fail($"Not true within {withinSeconds} s. {await found()}");
            await Task.Delay(Look);
        }
    }
}
