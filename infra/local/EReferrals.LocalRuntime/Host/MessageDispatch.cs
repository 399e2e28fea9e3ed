using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;

namespace EReferrals.LocalRuntime.Host;

/// <summary>Hands messages to a queue function and settles what the function left, as the Service Bus extension does.</summary>
internal sealed partial class MessageDispatch(
    LocalFunction function, bool autoComplete, TimeSpan longestRenewal, FunctionRunner runner, TimeProvider time, ILogger log)
{
    /// <summary>A batch: nobody renews its locks.</summary>
    public async Task<MessageInput> RunAsync(ServiceBusReceivedMessage[] messages, ServiceBusReceiver receiver)
    {
        var input = new MessageInput(messages, receiver);
        var succeeded = false;
        try
        {
            await runner.RunAsync(function, input, CancellationToken.None);
            succeeded = true;
        }
        catch
        {
            // The runner has logged it, and abandoning below is the whole consequence.
        }

        // Neither: the function returned without settling, and the lock runs out.
        if (succeeded && !autoComplete) return input;
        foreach (var message in messages)
            if (!input.Actions.IsSettled(message)) await SettleAsync(message, receiver, succeeded);
        return input;
    }

    /// <summary>A single message: its lock is renewed while the function runs.</summary>
    public async Task<MessageInput> RunRenewingAsync(ServiceBusReceivedMessage message, ServiceBusReceiver receiver)
    {
        if (receiver is ServiceBusSessionReceiver) return await RunAsync([message], receiver);
        using var done = new CancellationTokenSource();
        var renewal = RenewAsync(() => message.LockedUntil, () => receiver.RenewMessageLockAsync(message, CancellationToken.None), done.Token);
        try
        {
            return await RunAsync([message], receiver);
        }
        finally
        {
            await done.CancelAsync();
            await renewal;
        }
    }

    /// <summary>Renews a lock ten seconds, or half of what is left, before it ends, for as long as host.json allows.</summary>
    public async Task RenewAsync(Func<DateTimeOffset> lockedUntil, Func<Task> renew, CancellationToken done)
    {
        var end = time.GetUtcNow() + longestRenewal;
        try
        {
            while (time.GetUtcNow() < end)
            {
                var left = lockedUntil() - time.GetUtcNow();
                var wait = left - TimeSpan.FromTicks(Math.Min(left.Ticks / 2, TimeSpan.TicksPerSecond * 10));
                await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, time, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (done.IsCancellationRequested || time.GetUtcNow() >= end) return;
                await renew();
            }
        }
        catch (ServiceBusException e)
        {
            Log.NotRenewed(log, e, function.Name);
        }
        catch (ObjectDisposedException)
        {
            // The receiver was closed under it: the host stops.
        }
    }

    private async Task SettleAsync(ServiceBusReceivedMessage message, ServiceBusReceiver receiver, bool succeeded)
    {
        try
        {
            if (succeeded) await receiver.CompleteMessageAsync(message, CancellationToken.None);
            else await receiver.AbandonMessageAsync(message, cancellationToken: CancellationToken.None);
        }
        catch (ServiceBusException e)
        {
            Log.NotSettled(log, e, function.Name, message.MessageId);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Warning, "The lock of a message of {Function} was not renewed.")]
        public static partial void NotRenewed(ILogger logger, Exception exception, string function);

        [LoggerMessage(11, LogLevel.Warning, "Message {MessageId} of {Function} was not settled and will come again.")]
        public static partial void NotSettled(ILogger logger, Exception exception, string function, string messageId);
    }
}
