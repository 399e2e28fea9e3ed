namespace EReferrals.Local.FunctionsHost;

/// <summary>Counts running invocations, from before the worker gets them until their messages are settled.</summary>
internal sealed class RunningCount
{
    private int _value;

    public int Value => Volatile.Read(ref _value);

    public void Enter() => Interlocked.Increment(ref _value);

    public void Leave() => Interlocked.Decrement(ref _value);
}
