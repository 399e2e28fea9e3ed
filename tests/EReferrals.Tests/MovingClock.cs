using EReferrals.Messaging;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests;

/// <summary>The system clock, which a test can move forward. Timers that become due fire at once.</summary>
public sealed class MovingClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly HashSet<MovingTimer> _timers = [];
    private TimeSpan _moved;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Moved;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(Moved.TotalSeconds * TimestampFrequency);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new MovingTimer(this, callback, state, dueTime, period);

    public void Advance(TimeSpan by)
    {
        MovingTimer[] waiting;
        lock (_lock)
        {
            _moved += by;
            waiting = [.. _timers];
        }

        foreach (var timer in waiting) timer.Moved(by);
    }

    private TimeSpan Moved
    {
        get
        {
            lock (_lock) return _moved;
        }
    }

    private sealed class MovingTimer : ITimer
    {
        private readonly MovingClock _clock;
        private readonly ITimer _inner;
        private readonly Lock _lock = new();
        private DateTimeOffset? _due;
        private TimeSpan _period;

        public MovingTimer(MovingClock clock, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _clock = clock;
            _inner = System.CreateTimer(_ => Fire(callback, state), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            lock (clock._lock) clock._timers.Add(this);
            Change(dueTime, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                _period = period;
                _due = dueTime == Timeout.InfiniteTimeSpan ? null : _clock.GetUtcNow() + dueTime;
                return _inner.Change(dueTime, Timeout.InfiniteTimeSpan);
            }
        }

        public void Moved(TimeSpan by)
        {
            lock (_lock)
            {
                if (_due is not { } due) return;
                var left = due - _clock.GetUtcNow();
                _inner.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }
        }

        public void Dispose()
        {
            lock (_clock._lock) _clock._timers.Remove(this);
            _inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(TimerCallback callback, object? state)
        {
            lock (_lock)
            {
                if (_due is null) return;
                if (_period > TimeSpan.Zero) Change(_period, _period);
                else _due = null;
            }

            callback(state);
        }
    }
}

/// <summary>A running app whose clock the tests of one class move.</summary>
public sealed class ClockedApp : IAsyncLifetime
{
    public MovingClock Clock { get; } = new();

    public IReadOnlyList<string> Settings { get; init; } = [];

    public RunningApp App { get; private set; } = null!;

    /// <summary>Replaces further platform types for a test.</summary>
    internal Action<FunctionsApplicationBuilder>? Configure { get; init; }

    public async Task InitializeAsync() => App = await RunningApp.StartAsync(
        builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(Clock);
            Configure?.Invoke(builder);
        },
        state: null,
        [.. Settings]);

    public async Task DisposeAsync() => await App.DisposeAsync();

    /// <summary>Advances the clock by fifteen seconds and waits until everything that became due is done.</summary>
    public async Task FifteenSecondsLaterAsync()
    {
        await App.DrainAsync();
        Clock.Advance(TimeSpan.FromSeconds(15));
        await Eventually.TrueAsync(() => Task.FromResult(App.Local.Broker.QueueStatistics(Queues.WorklistSnapshots).Scheduled == 0));
        await App.DrainAsync();
    }
}
