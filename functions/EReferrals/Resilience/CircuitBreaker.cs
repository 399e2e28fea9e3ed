namespace EReferrals.Resilience;

/// <summary>
/// Spares callers the wait for something that did not answer the last three times: for five seconds it is not asked, then one caller tries
/// while the others still go without.
/// </summary>
internal sealed class CircuitBreaker(TimeProvider clock)
{
    internal static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private const int FailuresInARow = 3;

    private readonly Lock _lock = new();
    private int _failures;
    // Not the time of day, which can be set back.
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
