namespace EReferrals.Http.Requests;

/// <summary>The current time and the tolerance for validating dates and instants that callers send.</summary>
public sealed class CallerClock(TimeProvider clock, Settings settings)
{
    public Present Present => new(clock.GetUtcNow(), settings.ClockTolerance);
}
