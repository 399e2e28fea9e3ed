using System.Diagnostics;
using EReferrals.Messaging;

namespace EReferrals.Overload;

/// <summary>
/// Acceptance goes before processing where both share an instance: a referral in a queue is safe, one that is turned away is not. While many
/// submissions wait for the broker and the processor has no time for all, one message is worked on at a time; none waits for
/// more than two seconds, or a flood would make referrals invisible.
/// </summary>
public sealed class ProcessingThrottle : IProcessingThrottle, IDisposable
{
    // At the national peak hardly ever two submissions wait at once (decision record 0010).
    private const int Many = 4;

    // A turn that does not come is not waited for: messages are locked for a minute, and one may hold the turn while the tables hang.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    // A flood has gaps of milliseconds. What starts in such a gap would hold up the submissions that come after it.
    private static readonly TimeSpan LongestGap = TimeSpan.FromMilliseconds(500);

    // An idle processor takes up within microseconds what is ready to run.
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(1);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Workload _workload;
    private readonly Func<ValueTask<bool>> _isProcessorBusy;
    private readonly TimeProvider _clock;

    // When a flood was last seen; 0 when none was.
    private long _seen;

    public ProcessingThrottle(Workload workload) : this(workload, IsProcessorBusyAsync, TimeProvider.System)
    {
    }

    internal ProcessingThrottle(Workload workload, Func<ValueTask<bool>> isProcessorBusy, TimeProvider clock) =>
        (_workload, _isProcessorBusy, _clock) = (workload, isProcessorBusy, clock);

    /// <summary>Does the work now, or when its turn comes, or after two seconds.</summary>
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
            await work();
        }
        finally
        {
            if (hasTurn) _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async ValueTask<bool> IsFloodAsync()
    {
        if (Volatile.Read(ref _seen) is var seen and not 0 && _clock.GetElapsedTime(seen) < LongestGap) return true;
        if (_workload.SendsUnderWay < Many || !await _isProcessorBusy()) return false;
        Volatile.Write(ref _seen, _clock.GetTimestamp());
        return true;
    }

    // What is ready to run waits for a processor, whoever has it: the Functions host has its share of the same instance. Where submissions wait
    // because the broker is slow, nothing is gained by processing less.
    private static async ValueTask<bool> IsProcessorBusyAsync()
    {
        var queued = Stopwatch.GetTimestamp();
        await Task.Yield();
        return Stopwatch.GetElapsedTime(queued) > ShortestDelay;
    }
}
