namespace EReferrals.Resilience;

/// <summary>Asks a dependency and stops waiting after two seconds, whether it listens to its token or not.</summary>
internal static class TimeLimit
{
    public static readonly TimeSpan Value = TimeSpan.FromSeconds(2);

    public static async Task<T> WithinAsync<T>(TimeProvider clock, Func<CancellationToken, Task<T>> ask)
    {
        using var limit = new CancellationTokenSource(Value, clock);
        return await Task.Run(() => ask(limit.Token), CancellationToken.None).WaitAsync(Value, clock);
    }
}
