namespace EReferrals.Local.FunctionsHost.ServiceBus;

/// <summary>Receives messages for one function.</summary>
internal sealed class QueuePump(
    HostedFunction function, ServiceBusClient client, HostJson.ServiceBusSection settings, MessageDispatch dispatch, WorkerSupervisor worker, HostLog log)
    : IAsyncDisposable
{
    // A cancelled receive can leave messages locked. Each receive is therefore short, and pausing waits until it ends.
    private static readonly TimeSpan ReceiveWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly QueueFunctionTrigger _trigger = (QueueFunctionTrigger)function.Trigger;
    private CancellationTokenSource? _pausing;
    private Task _loop = Task.CompletedTask;

    public void Start()
    {
        if (_pausing is not null) return;
        _pausing = new CancellationTokenSource();
        var (previous, pausing) = (_loop, _pausing.Token);
        _loop = Task.Run(
            async () =>
            {
                await previous;
                await (_trigger.IsBatched ? ReceiveBatchesAsync(pausing) : ReceiveSinglesAsync(pausing));
            },
            CancellationToken.None);
    }

    /// <summary>Stops receiving and completes when the running invocations have ended and their messages are settled.</summary>
    public async Task PauseAsync()
    {
        using var pausing = Interlocked.Exchange(ref _pausing, null);
        var loop = _loop;
        if (pausing is not null) await pausing.CancelAsync();
        await loop;
    }

    public async ValueTask DisposeAsync() => await PauseAsync();

    private async Task ReceiveSinglesAsync(CancellationToken pausing)
    {
        await using var receiver = CreateReceiver();
        using var slots = new SemaphoreSlim(settings.MaxConcurrentCalls);
        var isBusy = false;
        await RepeatAsync(
            async () =>
            {
                await slots.WaitAsync(pausing);
                // A request for several messages waits for more after the first arrives. On a quiet queue, request one, so that it is delivered at once.
                var free = 1;
                while (isBusy && free < settings.MaxConcurrentCalls && slots.Wait(0, CancellationToken.None)) free++;
                var received = 0;
                try
                {
                    var messages = await receiver.ReceiveMessagesAsync(free, ReceiveWait, CancellationToken.None);
                    received = messages.Count;
                    isBusy = received > 0;
                    foreach (var message in messages) _ = Task.Run(() => DispatchAsync(message), CancellationToken.None);
                }
                finally
                {
                    if (free > received) slots.Release(free - received);
                }
            },
            pausing);
        // The receiver must stay open until its messages are settled.
        for (var i = 0; i < settings.MaxConcurrentCalls; i++) await slots.WaitAsync(CancellationToken.None);

        async Task DispatchAsync(ServiceBusReceivedMessage message)
        {
            try
            {
                await dispatch.DispatchSingleAsync(message, receiver);
            }
            catch (Exception ex)
            {
                log.Write(LogLevel.Error, HostLog.Triggers, $"A message for '{function.Name}' was not dispatched.", ex);
            }
            finally
            {
                slots.Release();
            }
        }
    }

    private async Task ReceiveBatchesAsync(CancellationToken pausing)
    {
        await using var receiver = CreateReceiver();
        await RepeatAsync(
            async () =>
            {
                var messages = await receiver.ReceiveMessagesAsync(settings.MaxMessageBatchSize, ReceiveWait, CancellationToken.None);
                if (messages.Count > 0) await dispatch.DispatchBatchAsync(messages, receiver);
            },
            pausing);
    }

    private ServiceBusReceiver CreateReceiver() =>
        client.CreateReceiver(_trigger.Entity, new ServiceBusReceiverOptions { PrefetchCount = settings.PrefetchCount });

    private async Task RepeatAsync(Func<Task> once, CancellationToken pausing)
    {
        var pause = TimeSpan.Zero;
        while (!pausing.IsCancellationRequested)
        {
            try
            {
                // Without a worker the messages stay on the queue, so that their locks do not expire while they wait here.
                await worker.ReadyAsync(pausing);
                await once();
                if (pause > TimeSpan.Zero) log.Write(LogLevel.Information, HostLog.Triggers, $"Receiving for '{function.Name}' works again.");
                pause = TimeSpan.Zero;
            }
            catch (Exception) when (pausing.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                // Log once per outage, so that a long outage does not fill the log.
                if (pause == TimeSpan.Zero)
                    log.Write(LogLevel.Error, HostLog.Triggers, $"Receiving for '{function.Name}' failed and will be retried: {ex.Message}");
                pause = pause == TimeSpan.Zero ? FirstPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
                await Task.Delay(pause, pausing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
