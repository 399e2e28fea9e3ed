#nullable disable
using System.Runtime.CompilerServices;
using EReferrals.LocalRuntime.Broker;

namespace Azure.Messaging.ServiceBus;

public class ServiceBusReceiver : IAsyncDisposable
{
    private readonly ServiceBusClient _client;
    private readonly CancellationTokenSource _closed;
    private long _lastPeeked;
    private int _closing;

    internal ServiceBusReceiver(ServiceBusClient client, string queueName, ServiceBusReceiverOptions options)
    {
        _client = client;
        _closed = CancellationTokenSource.CreateLinkedTokenSource(client.Closed);
        EntityPath = options.SubQueue switch
        {
            SubQueue.None => queueName,
            SubQueue.DeadLetter => queueName + LocalBroker.DeadLetterSuffix,
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.SubQueue, "The local broker has no such sub-queue."),
        };
        PrefetchCount = options.PrefetchCount;
        ReceiveMode = options.ReceiveMode;
        Identifier = options.Identifier ?? $"{EntityPath}-{Guid.NewGuid()}";
    }

    protected ServiceBusReceiver()
    {
    }

    public virtual string EntityPath { get; }

    public virtual string FullyQualifiedNamespace => _client.FullyQualifiedNamespace;

    public virtual string Identifier { get; }

    public virtual bool IsClosed => _closed.IsCancellationRequested;

    public virtual int PrefetchCount { get; }

    public virtual ServiceBusReceiveMode ReceiveMode { get; }

    internal ServiceBusClient Client => _client;

    internal virtual SessionHold Hold => null;

    public virtual async Task<ServiceBusReceivedMessage> ReceiveMessageAsync(
        TimeSpan? maxWaitTime = default, CancellationToken cancellationToken = default)
    {
        var messages = await ReceiveMessagesAsync(1, maxWaitTime, cancellationToken).ConfigureAwait(false);
        return messages.Count == 0 ? null : messages[0];
    }

    public virtual async Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveMessagesAsync(
        int maxMessages, TimeSpan? maxWaitTime = default, CancellationToken cancellationToken = default)
    {
        Check.InRange(maxMessages, 1, int.MaxValue, nameof(maxMessages));
        if (maxWaitTime < TimeSpan.Zero || (maxWaitTime == TimeSpan.Zero && PrefetchCount == 0))
        {
            throw new ArgumentOutOfRangeException(nameof(maxWaitTime), maxWaitTime, "The wait must be positive.");
        }
        var queue = Open(cancellationToken);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        var deliveries = await queue.ReceiveAsync(
            maxMessages, maxWaitTime ?? _client.TryTimeout, ReceiveMode == ServiceBusReceiveMode.ReceiveAndDelete, Hold, either.Token)
            .ConfigureAwait(false);
        return ToMessages(deliveries);
    }

    public virtual async IAsyncEnumerable<ServiceBusReceivedMessage> ReceiveMessagesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var message = await ReceiveMessageAsync(null, cancellationToken).ConfigureAwait(false);
            if (message is null)
            {
                continue;
            }
            yield return message;
        }
    }

    public virtual async Task<ServiceBusReceivedMessage> PeekMessageAsync(
        long? fromSequenceNumber = default, CancellationToken cancellationToken = default)
    {
        var messages = await PeekMessagesAsync(1, fromSequenceNumber, cancellationToken).ConfigureAwait(false);
        return messages.Count == 0 ? null : messages[0];
    }

    public virtual Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekMessagesAsync(
        int maxMessages, long? fromSequenceNumber = default, CancellationToken cancellationToken = default)
    {
        Check.InRange(maxMessages, 1, int.MaxValue, nameof(maxMessages));
        var peeked = Open(cancellationToken).Peek(maxMessages, fromSequenceNumber ?? _lastPeeked + 1, Hold);
        if (peeked.Count > 0)
        {
            _lastPeeked = peeked[^1].SequenceNumber;
        }
        return Task.FromResult(ToMessages(peeked));
    }

    public virtual async Task<ServiceBusReceivedMessage> ReceiveDeferredMessageAsync(
        long sequenceNumber, CancellationToken cancellationToken = default)
    {
        var messages = await ReceiveDeferredMessagesAsync([sequenceNumber], cancellationToken).ConfigureAwait(false);
        return messages[0];
    }

    public virtual async Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveDeferredMessagesAsync(
        IEnumerable<long> sequenceNumbers, CancellationToken cancellationToken = default)
    {
        Check.NotNull(sequenceNumbers, nameof(sequenceNumbers));
        var deliveries = await Open(cancellationToken)
            .ReceiveDeferredAsync([.. sequenceNumbers], ReceiveMode == ServiceBusReceiveMode.ReceiveAndDelete, Hold)
            .ConfigureAwait(false);
        return ToMessages(deliveries);
    }

    public virtual async Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        await OpenToSettle(message, cancellationToken)
            .CompleteAsync(message.SequenceNumber, message.LockTokenGuid, Hold)
            .ConfigureAwait(false);

    public virtual async Task AbandonMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object> propertiesToModify = default,
        CancellationToken cancellationToken = default) =>
        await OpenToSettle(message, cancellationToken)
            .AbandonAsync(message.SequenceNumber, message.LockTokenGuid, propertiesToModify, Hold)
            .ConfigureAwait(false);

    public virtual async Task DeferMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object> propertiesToModify = default,
        CancellationToken cancellationToken = default) =>
        await OpenToSettle(message, cancellationToken)
            .DeferAsync(message.SequenceNumber, message.LockTokenGuid, propertiesToModify, Hold)
            .ConfigureAwait(false);

    public virtual async Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        string deadLetterReason,
        string deadLetterErrorDescription = default,
        CancellationToken cancellationToken = default) =>
        await DeadLetterAsync(message, null, deadLetterReason, deadLetterErrorDescription, cancellationToken).ConfigureAwait(false);

    public virtual async Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object> propertiesToModify = default,
        CancellationToken cancellationToken = default) =>
        await DeadLetterAsync(message, propertiesToModify, null, null, cancellationToken).ConfigureAwait(false);

    public virtual async Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object> propertiesToModify,
        string deadLetterReason,
        string deadLetterErrorDescription = default,
        CancellationToken cancellationToken = default) =>
        await DeadLetterAsync(message, propertiesToModify, deadLetterReason, deadLetterErrorDescription, cancellationToken).ConfigureAwait(false);

    public virtual Task RenewMessageLockAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default)
    {
        var queue = OpenToSettle(message, cancellationToken);
        if (Hold is not null)
        {
            throw new InvalidOperationException("Renewing a message lock is not supported on a session receiver; renew the session lock.");
        }
        message.SetLockedUntil(queue.RenewLock(message.SequenceNumber, message.LockTokenGuid));
        return Task.CompletedTask;
    }

    public virtual async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _closing, 1) == 0)
        {
            await _closed.CancelAsync().ConfigureAwait(false);
            _closed.Dispose();
            Hold?.Release();
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    internal BrokerQueue Open(CancellationToken cancellationToken)
    {
        Check.NotClosed(_closed.IsCancellationRequested, GetType().Name);
        cancellationToken.ThrowIfCancellationRequested();
        return _client.Queue(EntityPath);
    }

    private static IReadOnlyList<ServiceBusReceivedMessage> ToMessages(IReadOnlyList<Delivery> deliveries) =>
        [.. deliveries.Select(delivery => new ServiceBusReceivedMessage(delivery))];

    private Task DeadLetterAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object> propertiesToModify,
        string reason,
        string description,
        CancellationToken cancellationToken)
    {
        var queue = OpenToSettle(message, cancellationToken);
        Check.AtMost(reason, 4096, nameof(reason));
        Check.AtMost(description, 4096, nameof(description));
        var properties = propertiesToModify is null ? [] : new Dictionary<string, object>(propertiesToModify);
        SetOnce(properties, Envelope.DeadLetterReason, reason);
        SetOnce(properties, Envelope.DeadLetterErrorDescription, description);
        return queue.DeadLetterAsync(message.SequenceNumber, message.LockTokenGuid, properties, Hold);
    }

    private static void SetOnce(Dictionary<string, object> properties, string name, string value)
    {
        if (value is null)
        {
            return;
        }
        if (properties.TryGetValue(name, out var other) && !Equals(other, value))
        {
            throw new InvalidOperationException($"{name} is given twice, with different values.");
        }
        properties[name] = value;
    }

    private BrokerQueue OpenToSettle(ServiceBusReceivedMessage message, CancellationToken cancellationToken)
    {
        Check.NotNull(message, nameof(message));
        var queue = Open(cancellationToken);
        if (ReceiveMode != ServiceBusReceiveMode.PeekLock)
        {
            throw new InvalidOperationException("The operation is only supported in 'PeekLock' receive mode.");
        }
        return message.LockTokenGuid == Guid.Empty
            ? throw new InvalidOperationException("This operation is not supported for peeked messages. Only received messages can be settled.")
            : queue;
    }
}
