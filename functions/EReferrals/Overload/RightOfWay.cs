namespace EReferrals.Overload;

/// <summary>
/// Acceptance goes before processing where both share an instance: a referral in a queue is safe, one that is turned away is not. While many
/// submissions wait for the broker and the processor has no time for all, one message is worked on at a time; none waits for
/// more than two seconds, or a flood would make referrals invisible.
/// </summary>
public sealed class RightOfWay : IDisposable
{
    // At the national peak hardly ever two submissions wait at once (decision record 0010).
    private const int Many = 4;

    // A turn that does not come is not waited for: messages are locked for a minute, and one may hold the turn while the tables hang.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Workload _workload;
    private readonly Func<bool> _isProcessorBusy;

    public RightOfWay(Workload workload) : this(workload, IsProcessorBusy)
    {
    }

    internal RightOfWay(Workload workload, Func<bool> isProcessorBusy) => (_workload, _isProcessorBusy) = (workload, isProcessorBusy);

    /// <summary>Does the work now, or when its turn comes, or after two seconds.</summary>
    internal async Task RunAsync(Func<Task> work, CancellationToken cancellation)
    {
        if (_workload.SendsUnderWay < Many || !_isProcessorBusy())
        {
            await work();
            return;
        }

        var hasTurn = await _turn.WaitAsync(LongestWait, cancellation);
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

    // What could run waits for a processor. Where submissions wait because the broker is slow, nothing is gained by processing less.
    private static bool IsProcessorBusy() => ThreadPool.PendingWorkItemCount >= Environment.ProcessorCount;
}
