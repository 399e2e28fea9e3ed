using System.Collections.Concurrent;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Local.Tests.App;

/// <summary>Records the runs of the timer functions.</summary>
public sealed class TimerLog
{
    private int _running;

    public ConcurrentQueue<(string Function, TimerInfo Timer)> Runs { get; } = [];

    public int MostAtOnce { get; private set; }

    public Func<Task> OnRun { get; set; } = () => Task.CompletedTask;

    public async Task RecordAsync(string function, TimerInfo timer)
    {
        Enter(function, timer);
        await OnRun();
        Leave();
    }

    public void Enter(string function, TimerInfo timer)
    {
        Runs.Enqueue((function, timer));
        MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _running));
    }

    public void Leave() => Interlocked.Decrement(ref _running);
}
