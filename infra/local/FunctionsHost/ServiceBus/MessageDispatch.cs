namespace EReferrals.Local.FunctionsHost.ServiceBus;

/// <summary>Invokes a function with messages and then settles those that the function did not settle, as the extension does.</summary>
internal sealed class MessageDispatch(
    HostedFunction function, HostJson.ServiceBusSection settings, WorkerSupervisor worker, HeldMessages heldMessages, RunningCount running, TimeProvider clock,
    HostLog log)
{
    // The client of the real extension renews a lock this long before it expires, or after half of a shorter lock.
    private static readonly TimeSpan RenewalMargin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    private readonly QueueFunctionTrigger _trigger = (QueueFunctionTrigger)function.Trigger;

    private bool AutoComplete => _trigger.AutoComplete ?? settings.AutoCompleteMessages;

    public async Task DispatchSingleAsync(ServiceBusReceivedMessage message, ServiceBusReceiver receiver)
    {
        using var ended = new CancellationTokenSource();
        var held = heldMessages.Hold(message, receiver);
        var renewal = RenewAsync(held, ended.Token);
        try
        {
            await DispatchAsync([held]);
        }
        finally
        {
            await ended.CancelAsync();
            await renewal;
        }
    }

    /// <summary>Does not renew the locks of a batch. The cloud does not either.</summary>
    public Task DispatchBatchAsync(IEnumerable<ServiceBusReceivedMessage> messages, ServiceBusReceiver receiver) =>
        DispatchAsync([.. messages.Select(message => heldMessages.Hold(message, receiver))]);

    private async Task DispatchAsync(HeldMessage[] batch)
    {
        running.Enter();
        try
        {
            var succeeded = await InvokeAsync(batch);
            if (succeeded && !AutoComplete) return;
            // A failed invocation abandons its messages, whatever autoCompleteMessages is.
            foreach (var held in batch.Where(held => !held.IsSettled)) await SettleAsync(held, succeeded);
        }
        finally
        {
            foreach (var held in batch) heldMessages.Release(held);
            running.Leave();
        }
    }

    private async Task<bool> InvokeAsync(HeldMessage[] batch)
    {
        try
        {
            await worker.InvokeAsync(function, MessageInputs.Create(_trigger, [.. batch.Select(held => held.Message)]), CancellationToken.None);
            return true;
        }
        catch (FunctionFailedException)
        {
            return false;
        }
    }

    private async Task SettleAsync(HeldMessage held, bool complete)
    {
        try
        {
            await held.SettleAsync(complete
                ? static (receiver, message) => receiver.CompleteMessageAsync(message)
                : static (receiver, message) => receiver.AbandonMessageAsync(message));
        }
        catch (Exception ex) when (ex is ServiceBusException or ObjectDisposedException or OperationCanceledException)
        {
            log.Write(LogLevel.Warning, HostLog.Triggers, $"A message of '{_trigger.Entity}' could not be settled and will be redelivered: {ex.Message}");
        }
    }

    private async Task RenewAsync(HeldMessage held, CancellationToken ended)
    {
        var until = clock.GetUtcNow() + settings.MaxAutoLockRenewalDuration;
        while (!held.IsSettled)
        {
            var left = held.Message.LockedUntil - clock.GetUtcNow();
            var pause = left > 2 * RenewalMargin ? left - RenewalMargin : left / 2;
            if (pause < ShortestPause) pause = ShortestPause;
            if (clock.GetUtcNow() + pause >= until) return;
            await Task.Delay(pause, clock, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested || held.IsSettled) return;
            try
            {
                await held.Receiver.RenewMessageLockAsync(held.Message, ended);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (ServiceBusException ex)
            {
                log.Write(LogLevel.Warning, HostLog.Triggers, $"The lock of a message of '{_trigger.Entity}' could not be renewed: {ex.Message}");
                if (!ex.IsTransient) return;
            }
        }
    }
}
