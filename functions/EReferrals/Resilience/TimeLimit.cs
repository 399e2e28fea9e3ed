namespace EReferrals.Resilience;

/// <summary>Calls a dependency and times out after two seconds, even when the call ignores its cancellation token.</summary>
internal static class TimeLimit
{
    public static readonly TimeSpan Value = TimeSpan.FromSeconds(2);

    public static async Task<T> WithinAsync<T>(TimeProvider clock, Func<CancellationToken, Task<T>> call)
    {
        using var limit = new CancellationTokenSource(Value, clock);
        return await Task.Run(() => call(limit.Token), CancellationToken.None).WaitAsync(Value, clock);
    }
}
