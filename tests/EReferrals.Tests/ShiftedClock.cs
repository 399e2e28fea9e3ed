namespace EReferrals.Tests;

/// <summary>The real clock, which a test can move forward. Running delays keep their original end.</summary>
public sealed class ShiftedClock : TimeProvider
{
    private long _shift;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _shift));

    public override long GetTimestamp() => base.GetTimestamp() + (long)(TimeSpan.FromTicks(Volatile.Read(ref _shift)).TotalSeconds * TimestampFrequency);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _shift, by.Ticks);
}
