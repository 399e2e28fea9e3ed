namespace EReferrals.Overload;

/// <summary>
/// Acceptance goes before processing where both share an instance: a referral in a queue is safe, one that is turned away is not. While many
/// submissions wait for the broker, few messages are worked on at a time; never none, or a flood would make referrals invisible.
/// </summary>
public sealed class RightOfWay(Workload workload) : IDisposable
{
    // How many a second that is depends on the storage (decision record 0010). At the national peak hardly ever two submissions wait at once.
    private const int Few = 2;
    private const int Many = 4;

    private readonly SemaphoreSlim _turns = new(Few);

    /// <summary>Does the work now, or when its turn comes.</summary>
    internal async Task RunAsync(Func<Task> work, CancellationToken cancellation)
    {
        if (workload.SendsUnderWay < Many)
        {
            await work();
            return;
        }

        await _turns.WaitAsync(cancellation);
        try
        {
            await work();
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();
}
