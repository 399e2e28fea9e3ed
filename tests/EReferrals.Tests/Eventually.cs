using System.Diagnostics;

namespace EReferrals.Tests;

/// <summary>Waits for what another process, or a message on its way, will make true.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    public static async Task TrueAsync(Func<Task<bool>> condition, int withinSeconds = 60)
    {
        var waiting = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(waiting.Elapsed.TotalSeconds < withinSeconds, $"Not true within {withinSeconds} s.");
            await Task.Delay(Look);
        }
    }
}
