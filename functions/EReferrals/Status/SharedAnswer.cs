namespace EReferrals.Status;

/// <summary>An answer that is worked out by one request at a time and good for a while, so that a flood of questions asks nobody else.</summary>
internal sealed class SharedAnswer<T>(TimeSpan fresh, TimeProvider clock, Func<Task<T>> work)
{
    private readonly Lock _gate = new();
    private Task<T>? _running;
    private DateTimeOffset _begunAt;

    public Task<T> GetAsync()
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var isGood = _running is { IsFaulted: false, IsCanceled: false } && (!_running.IsCompleted || now - _begunAt < fresh);
            if (isGood) return _running!;
            _begunAt = now;
            return _running = Task.Run(work);
        }
    }
}
