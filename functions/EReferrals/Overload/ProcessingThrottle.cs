using System.Diagnostics;
using EReferrals.Messaging;

namespace EReferrals.Overload;

/// <summary>
/// Throttles processing in favour of acceptance where both share an instance: a queued referral is safe, a refused one is not. While many submissions
/// wait for Service Bus and the processor is saturated, messages are processed one at a time, with a pause after each. Each waits at most two seconds for
/// its turn; otherwise a flood would keep referrals off the worklists.
/// </summary>
public sealed class ProcessingThrottle : IProcessingThrottle, IDisposable
{
    // At the national peak two submissions rarely wait at once (decision record 0010).
    private const int FloodThreshold = 4;

    // Longer waits would risk the message lock of one minute, because the message whose turn it is may hang on the tables.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    // A flood has gaps of milliseconds. Processing that starts in such a gap would delay the submissions after it.
    private static readonly TimeSpan LongestGap = TimeSpan.FromMilliseconds(500);

    // After each message the processor belongs to acceptance for this many times as long as the message took, and at most the time below.
    private const int PauseFactor = 2;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    // On an idle processor, ready work starts within microseconds.
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(1);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Workload _workload;
    private readonly Func<ValueTask<bool>> _isProcessorBusy;
    private readonly TimeProvider _clock;

    // The timestamp of the last detected flood; 0 when there was none.
    private long _lastFloodAt;

    public ProcessingThrottle(Workload workload) : this(workload, IsProcessorBusyAsync, TimeProvider.System)
    {
    }

    internal ProcessingThrottle(Workload workload, Func<ValueTask<bool>> isProcessorBusy, TimeProvider clock) =>
        (_workload, _isProcessorBusy, _clock) = (workload, isProcessorBusy, clock);

    /// <summary>Runs the work at once when there is no flood; otherwise when its turn comes, after at most two seconds.</summary>
    public async Task ProcessAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        if (!await IsFloodAsync())
        {
            await work();
            return;
        }

        var hasTurn = await _turn.WaitAsync(LongestWait, cancellationToken);
        try
        {
            var startedAt = _clock.GetTimestamp();
            await work();
            if (hasTurn && IsFloodRecent()) await PauseAsync(_clock.GetElapsedTime(startedAt), cancellationToken);
        }
        finally
        {
            if (hasTurn) _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    // The work is done, so a process that stops ends the pause without an error.
    private async Task PauseAsync(TimeSpan worked, CancellationToken cancellationToken)
    {
        var pause = worked * PauseFactor;
        await Task.Delay(pause < LongestPause ? pause : LongestPause, _clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private bool IsFloodRecent() => Volatile.Read(ref _lastFloodAt) is var lastFloodAt and not 0 && _clock.GetElapsedTime(lastFloodAt) < LongestGap;

    private async ValueTask<bool> IsFloodAsync()
    {
        if (IsFloodRecent()) return true;
        if (_workload.SendsUnderWay < FloodThreshold || !await _isProcessorBusy()) return false;
        Volatile.Write(ref _lastFloodAt, _clock.GetTimestamp());
        return true;
    }

    // Measures how long ready work waits for a processor; the Functions host shares the instance and counts too. When the processor is idle, submissions
    // wait because Service Bus is slow, and throttling the processing would not help.
    private static async ValueTask<bool> IsProcessorBusyAsync()
    {
        var queued = Stopwatch.GetTimestamp();
        await Task.Yield();
        return Stopwatch.GetElapsedTime(queued) > ShortestDelay;
    }
}
