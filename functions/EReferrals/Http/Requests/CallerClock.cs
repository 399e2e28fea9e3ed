namespace EReferrals.Http.Requests;

/// <summary>The time by which instants of callers are judged.</summary>
public sealed class CallerClock(TimeProvider clock, Settings settings)
{
    public Present Present => new(clock.GetUtcNow(), settings.ClockTolerance);
}
