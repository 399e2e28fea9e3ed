using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;

namespace EReferrals.LocalRuntime.Host;

/// <summary>Receives for one queue function, in the way its attribute asks for.</summary>
internal sealed partial class QueuePump(
    LocalFunction function,
    ServiceBusClient client,
    HostJson.ServiceBusSection options,
    int sessionBatches,
    FunctionRunner runner,
    TimeProvider time,
    ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly QueueFunctionTrigger trigger = (QueueFunctionTrigger)function.Trigger;
    private readonly MessageDispatch dispatch = new(
        function,
        ((QueueFunctionTrigger)function.Trigger).AutoComplete ?? options.AutoCompleteMessages,
        options.MaxAutoLockRenewalDuration,
        runner,
        time,
        log);

    private CancellationTokenSource? stop;
    private Task loop = Task.CompletedTask;

    public void Start()
    {
        stop = new CancellationTokenSource();
        var token = stop.Token;
        loop = Task.Run(() => trigger switch
        {
            { Sessions: false, Batched: false } => SinglesAsync(token),
            { Sessions: false, Batched: true } => BatchesAsync(token),
            { Sessions: true, Batched: false } => SessionsAsync(token),
            // The official extension works on one session batch at a time, whatever maxConcurrentSessions says
            // (azure-functions-dotnet-worker issue 3087).
            _ => Task.WhenAll(Enumerable.Range(0, sessionBatches).Select(_ => SessionBatchesAsync(token))),
        });
    }

    /// <summary>Receives no more; completes when the running invocations have ended.</summary>
    public async Task StopAsync()
    {
        if (stop is null) return;
        await stop.CancelAsync();
        await loop;
        stop.Dispose();
        stop = null;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task SinglesAsync(CancellationToken stopped)
    {
        await using var receiver = client.CreateReceiver(trigger.Queue, new ServiceBusReceiverOptions { PrefetchCount = options.PrefetchCount });
        using var slots = new SemaphoreSlim(options.MaxConcurrentCalls);
        await RepeatAsync(() => ReceiveSinglesAsync(receiver, slots, stopped), stopped);
        // The receiver settles what is still running.
        for (var i = 0; i < options.MaxConcurrentCalls; i++) await slots.WaitAsync(CancellationToken.None);
    }

    private async Task ReceiveSinglesAsync(ServiceBusReceiver receiver, SemaphoreSlim slots, CancellationToken stopped)
    {
        await slots.WaitAsync(stopped);
        var free = 1;
        while (free < options.MaxConcurrentCalls && slots.Wait(0, CancellationToken.None)) free++;
        IReadOnlyList<ServiceBusReceivedMessage> messages = [];
        try
        {
            messages = await receiver.ReceiveMessagesAsync(free, null, stopped);
        }
        finally
        {
            if (free > messages.Count) slots.Release(free - messages.Count);
        }

        foreach (var message in messages) _ = Task.Run(() => RunAsync(message), CancellationToken.None);

        async Task RunAsync(ServiceBusReceivedMessage message)
        {
            try
            {
                await dispatch.RunRenewingAsync(message, receiver);
            }
            finally
            {
                slots.Release();
            }
        }
    }

    private async Task BatchesAsync(CancellationToken stopped)
    {
        await using var receiver = client.CreateReceiver(trigger.Queue, new ServiceBusReceiverOptions { PrefetchCount = options.PrefetchCount });
        await RepeatAsync(
            async () =>
            {
                var messages = await receiver.ReceiveMessagesAsync(options.MaxMessageBatchSize, null, stopped);
                if (messages.Count > 0) await dispatch.RunAsync([.. messages], receiver);
            },
            stopped);
    }

    private async Task SessionsAsync(CancellationToken stopped)
    {
        using var slots = new SemaphoreSlim(options.MaxConcurrentSessions);
        await RepeatAsync(
            async () =>
            {
                await slots.WaitAsync(stopped);
                ServiceBusSessionReceiver? session = null;
                try
                {
                    session = await AcceptAsync(stopped);
                }
                finally
                {
                    if (session is null) slots.Release();
                }

                if (session is not null) _ = Task.Run(() => RunAsync(session), CancellationToken.None);
            },
            stopped);
        for (var i = 0; i < options.MaxConcurrentSessions; i++) await slots.WaitAsync(CancellationToken.None);

        async Task RunAsync(ServiceBusSessionReceiver session)
        {
            try
            {
                await GuardAsync(() => RunSessionAsync(session, stopped), stopped);
            }
            finally
            {
                slots.Release();
            }
        }
    }

    private async Task RunSessionAsync(ServiceBusSessionReceiver session, CancellationToken stopped)
    {
        using var done = new CancellationTokenSource();
        var renewal = dispatch.RenewAsync(
            () => session.SessionLockedUntil, () => session.RenewSessionLockAsync(CancellationToken.None), done.Token);
        try
        {
            while (!stopped.IsCancellationRequested && !session.IsClosed)
            {
                var message = await session.ReceiveMessageAsync(options.SessionIdleTimeout, stopped);
                if (message is null) return;
                var input = await dispatch.RunRenewingAsync(message, session);
                if (input.SessionActions!.ReleaseRequested) return;
            }
        }
        finally
        {
            await done.CancelAsync();
            await renewal;
            await session.CloseAsync(CancellationToken.None);
        }
    }

    private Task SessionBatchesAsync(CancellationToken stopped) => RepeatAsync(
        async () =>
        {
            var session = await AcceptAsync(stopped);
            if (session is null) return;
            try
            {
                while (!stopped.IsCancellationRequested && !session.IsClosed)
                {
                    var messages = await session.ReceiveMessagesAsync(options.MaxMessageBatchSize, options.SessionIdleTimeout, stopped);
                    if (messages.Count == 0) return;
                    var input = await dispatch.RunAsync([.. messages], session);
                    if (input.SessionActions!.ReleaseRequested) return;
                }
            }
            finally
            {
                await session.CloseAsync(CancellationToken.None);
            }
        },
        stopped);

    private async Task<ServiceBusSessionReceiver?> AcceptAsync(CancellationToken stopped)
    {
        try
        {
            return await client.AcceptNextSessionAsync(
                trigger.Queue, new ServiceBusSessionReceiverOptions { PrefetchCount = options.PrefetchCount }, stopped);
        }
        catch (ServiceBusException e) when (e.Reason == ServiceBusFailureReason.ServiceTimeout)
        {
            // No session has a message.
            return null;
        }
    }

    private async Task RepeatAsync(Func<Task> once, CancellationToken stopped)
    {
        var pause = TimeSpan.Zero;
        while (!stopped.IsCancellationRequested)
        {
            if (await GuardAsync(once, stopped, isFirst: pause == TimeSpan.Zero))
            {
                pause = TimeSpan.Zero;
                continue;
            }

            pause = pause == TimeSpan.Zero ? FirstPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            await Task.Delay(pause, time, stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> GuardAsync(Func<Task> action, CancellationToken stopped, bool isFirst = true)
    {
        try
        {
            await action();
        }
        catch (Exception) when (stopped.IsCancellationRequested)
        {
            // Whatever a receive says while it is being stopped is of no interest.
        }
        catch (Exception e)
        {
            // Once per burst: an outage of minutes must not fill the log.
            if (isFirst) Log.ReceiveFailed(log, e, function.Name);
            return false;
        }

        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Error, "Receiving for {Function} failed; it goes on trying.")]
        public static partial void ReceiveFailed(ILogger logger, Exception exception, string function);
    }
}
