namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>Counts the running work of the whole broker.</summary>
internal sealed class IdleSignal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiting;
    private long _going;

    public void Change(int by)
    {
        if (by == 0) return;
        lock (_gate)
        {
            _going += by;
            if (_going == 0)
            {
                _waiting?.SetResult();
                _waiting = null;
            }
        }
    }

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_going == 0) return Task.CompletedTask;
            _waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiting.Task.WaitAsync(cancellationToken);
        }
    }
}
