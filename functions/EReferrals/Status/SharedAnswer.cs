namespace EReferrals.Status;

/// <summary>
/// An answer that is worked out by one request at a time and good for a while, so that a flood of questions asks nobody else. While a newer
/// one is worked out the last one is the answer, so that what hangs holds up nobody; only the very first question waits for as long as it takes.
/// </summary>
/// <param name="patience">How long a question waits for a newer answer before it takes the last one.</param>
internal sealed class SharedAnswer<T>(TimeSpan fresh, TimeSpan patience, TimeProvider clock, Func<Task<T>> work) where T : class
{
    private readonly Lock _gate = new();
    private T? _last;
    // Not the time of day: a clock that is set back must not keep an answer fresh.
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

    /// <summary>Something newer that came another way.</summary>
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
