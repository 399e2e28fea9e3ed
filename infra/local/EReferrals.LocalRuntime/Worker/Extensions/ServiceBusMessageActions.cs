using Azure.Messaging.ServiceBus;

namespace Microsoft.Azure.Functions.Worker;

public class ServiceBusMessageActions
{
    private readonly ServiceBusReceiver? receiver;
    private readonly HashSet<string> settled = [];

    internal ServiceBusMessageActions(ServiceBusReceiver receiver) => this.receiver = receiver;

    protected ServiceBusMessageActions()
    {
    }

    private ServiceBusReceiver Receiver => receiver ?? throw new InvalidOperationException("This instance was made for a test double.");

    public virtual async Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        await Receiver.CompleteMessageAsync(message, cancellationToken);
        Settle(message);
    }

    public virtual async Task AbandonMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object>? propertiesToModify = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        await Receiver.AbandonMessageAsync(message, propertiesToModify, cancellationToken);
        Settle(message);
    }

    public virtual async Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        Dictionary<string, object>? propertiesToModify = default,
        string? deadLetterReason = default,
        string? deadLetterErrorDescription = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        await Receiver.DeadLetterMessageAsync(message, propertiesToModify, deadLetterReason, deadLetterErrorDescription, cancellationToken);
        Settle(message);
    }

    public virtual async Task DeferMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object>? propertiesToModify = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        await Receiver.DeferMessageAsync(message, propertiesToModify, cancellationToken);
        Settle(message);
    }

    public virtual Task RenewMessageLockAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Receiver.RenewMessageLockAsync(message, cancellationToken);
    }

    internal bool IsSettled(ServiceBusReceivedMessage message)
    {
        lock (settled) return settled.Contains(message.LockToken);
    }

    // A function may settle the messages of a batch side by side.
    private void Settle(ServiceBusReceivedMessage message)
    {
        lock (settled) settled.Add(message.LockToken);
    }
}
