namespace EReferrals.Local.ServiceBusEmulator;

/// <summary>A clock with an offset from another clock. The owner of a timer on this clock must be notified when the offset changes.</summary>
internal sealed class OffsetClock(TimeProvider inner) : TimeProvider
{
    private long _ahead;

    public TimeSpan Ahead
    {
        get => new(Interlocked.Read(ref _ahead));
        set => Interlocked.Exchange(ref _ahead, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Ahead;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);
}
