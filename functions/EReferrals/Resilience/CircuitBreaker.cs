namespace EReferrals.Resilience;

/// <summary>
/// A circuit breaker. After three consecutive failures it opens for five seconds; then it lets one caller try the dependency, while the others are
/// still refused.
/// </summary>
internal sealed class CircuitBreaker(TimeProvider clock)
{
    internal static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private const int FailuresInARow = 3;

    private readonly Lock _lock = new();
    private int _failures;
    // A monotonic timestamp: the time of day can be set back.
    private long _restsSince;

    public bool MayTry()
    {
        lock (_lock)
        {
            if (_failures < FailuresInARow) return true;
            if (clock.GetElapsedTime(_restsSince) < Rest) return false;
            _restsSince = clock.GetTimestamp();
            return true;
        }
    }

    public void Succeeded()
    {
        lock (_lock) _failures = 0;
    }

    public void Failed()
    {
        lock (_lock)
        {
            _failures++;
            _restsSince = clock.GetTimestamp();
        }
    }
}
