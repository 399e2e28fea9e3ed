namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>The time at which a link was last used. Safe for several threads.</summary>
internal sealed class LastUse(TimeProvider clock)
{
    private long _ticks = clock.GetUtcNow().UtcTicks;

    public DateTimeOffset At => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public void Now() => Interlocked.Exchange(ref _ticks, clock.GetUtcNow().UtcTicks);
}
