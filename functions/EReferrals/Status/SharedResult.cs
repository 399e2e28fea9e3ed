namespace EReferrals.Status;

/// <summary>
/// A cached, single-flight result, so that a flood of requests does not reach the dependencies. When the result expires, one task computes a new one;
/// callers wait briefly for it, then get the last result, so that a dependency that hangs does not block them. Only callers before the first result wait
/// until it is there.
/// </summary>
/// <param name="fresh">How long a result is returned without a new computation.</param>
/// <param name="patience">How long a caller waits for a new result before it gets the last one.</param>
internal sealed class SharedResult<T>(TimeSpan fresh, TimeSpan patience, TimeProvider clock, Func<Task<T>> work) where T : class
{
    private readonly Lock _gate = new();
    private T? _last;
    // A monotonic timestamp: setting the clock back must not keep a result fresh.
    private long _lastBegunAt;
    private Task<T>? _running;

    public async Task<T> GetAsync()
    {
        T? last;
        Task<T> running;
        lock (_gate)
        {
            if (_last is not null && clock.GetElapsedTime(_lastBegunAt) < fresh) return _last;
            if (_running is null || _running.IsCompleted) _running = Task.Run(WorkAsync);
            (last, running) = (_last, _running);
        }

        if (last is null) return await running;
        await Task.WhenAny(running, Task.Delay(patience, clock));
        return running.IsCompletedSuccessfully ? await running : last;
    }

    /// <summary>Stores a newer result that was obtained elsewhere.</summary>
    public void Put(T value) => Put(value, clock.GetTimestamp());

    private async Task<T> WorkAsync()
    {
        var begunAt = clock.GetTimestamp();
        var value = await work();
        Put(value, begunAt);
        return value;
    }

    private void Put(T value, long begunAt)
    {
        lock (_gate)
        {
            if (_last is null || begunAt >= _lastBegunAt) (_last, _lastBegunAt) = (value, begunAt);
        }
    }
}
