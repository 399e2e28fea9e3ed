namespace EReferrals.Local.Tests;

/// <summary>Polls until a condition holds, with a time limit.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public static async Task TrueAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
        {
            Assert.False(limit.IsCancellationRequested, $"It has not come true within {Limit}.");
            await Task.Delay(5);
        }
    }
}
