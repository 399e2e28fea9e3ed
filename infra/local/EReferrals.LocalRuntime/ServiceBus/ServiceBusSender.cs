#nullable disable
using EReferrals.LocalRuntime.Broker;

namespace Azure.Messaging.ServiceBus;

public class ServiceBusSender : IAsyncDisposable
{
    private readonly ServiceBusClient _client;
    private volatile bool _closed;

    internal ServiceBusSender(ServiceBusClient client, string entityPath, ServiceBusSenderOptions options)
    {
        _client = client;
        EntityPath = entityPath;
        Identifier = options?.Identifier ?? $"{entityPath}-{Guid.NewGuid()}";
    }

    protected ServiceBusSender()
    {
    }

    public virtual string EntityPath { get; }

    public virtual string FullyQualifiedNamespace => _client.FullyQualifiedNamespace;

    public virtual string Identifier { get; }

    public virtual bool IsClosed => _closed;

    public virtual Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default)
    {
        Check.NotNull(message, nameof(message));
        return SendMessagesAsync([message], cancellationToken);
    }

    public virtual async Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default)
    {
        Check.NotNull(messages, nameof(messages));
        var envelopes = Envelopes(messages);
        var queue = Open(cancellationToken);
        if (envelopes.Length > 0)
        {
            await queue.SendAsync(envelopes, cancellationToken).ConfigureAwait(false);
        }
    }

    public virtual async Task SendMessagesAsync(ServiceBusMessageBatch messageBatch, CancellationToken cancellationToken = default)
    {
        Check.NotNull(messageBatch, nameof(messageBatch));
        var queue = Open(cancellationToken);
        messageBatch.BeginSend();
        try
        {
            if (messageBatch.Count > 0)
            {
                await queue.SendAsync([.. messageBatch.Envelopes], cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            messageBatch.EndSend();
        }
    }

    public virtual async Task<long> ScheduleMessageAsync(
        ServiceBusMessage message, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default)
    {
        Check.NotNull(message, nameof(message));
        var numbers = await ScheduleMessagesAsync([message], scheduledEnqueueTime, cancellationToken).ConfigureAwait(false);
        return numbers[0];
    }

    public virtual async Task<IReadOnlyList<long>> ScheduleMessagesAsync(
        IEnumerable<ServiceBusMessage> messages, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default)
    {
        Check.NotNull(messages, nameof(messages));
        var all = messages.ToArray();
        foreach (var message in all)
        {
            message.ScheduledEnqueueTime = scheduledEnqueueTime.ToUniversalTime();
        }
        var envelopes = Envelopes(all);
        var queue = Open(cancellationToken);
        return envelopes.Length == 0 ? [] : await queue.SendAsync(envelopes, cancellationToken).ConfigureAwait(false);
    }

    public virtual Task CancelScheduledMessageAsync(long sequenceNumber, CancellationToken cancellationToken = default) =>
        CancelScheduledMessagesAsync([sequenceNumber], cancellationToken);

    public virtual async Task CancelScheduledMessagesAsync(
        IEnumerable<long> sequenceNumbers, CancellationToken cancellationToken = default)
    {
        Check.NotNull(sequenceNumbers, nameof(sequenceNumbers));
        var numbers = sequenceNumbers.ToArray();
        var queue = Open(cancellationToken);
        if (numbers.Length > 0)
        {
            await queue.CancelScheduledAsync(numbers, cancellationToken).ConfigureAwait(false);
        }
    }

    public virtual ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(CancellationToken cancellationToken = default) =>
        CreateMessageBatchAsync(new CreateMessageBatchOptions(), cancellationToken);

    public virtual ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(
        CreateMessageBatchOptions options, CancellationToken cancellationToken = default)
    {
        Open(cancellationToken);
        var size = options?.MaxSizeInBytes ?? Limits.MessageSize;
        return size > Limits.MessageSize
            ? throw new ArgumentOutOfRangeException(nameof(options), size, $"A batch cannot be larger than {Limits.MessageSize} bytes.")
            : ValueTask.FromResult(new ServiceBusMessageBatch(size));
    }

    public virtual Task CloseAsync(CancellationToken cancellationToken = default)
    {
        _closed = true;
        return Task.CompletedTask;
    }

    public virtual async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    private static Envelope[] Envelopes(IEnumerable<ServiceBusMessage> messages) =>
        [.. messages.Select(message => Envelope.From(Check.NotNull(message, nameof(messages))))];

    private BrokerQueue Open(CancellationToken cancellationToken)
    {
        Check.NotClosed(_closed, nameof(ServiceBusSender));
        cancellationToken.ThrowIfCancellationRequested();
        return _client.Queue(EntityPath);
    }
}
