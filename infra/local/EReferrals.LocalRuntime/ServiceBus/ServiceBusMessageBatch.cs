#nullable disable
using EReferrals.LocalRuntime.Broker;

namespace Azure.Messaging.ServiceBus;

public sealed class ServiceBusMessageBatch : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Envelope> _envelopes = [];
    private readonly IList<ServiceBusMessage> _store;
    private readonly Func<ServiceBusMessage, bool> _mayAdd;
    private bool _disposed;
    private bool _sending;

    internal ServiceBusMessageBatch(long maxSizeInBytes) => MaxSizeInBytes = maxSizeInBytes;

    internal ServiceBusMessageBatch(long size, IList<ServiceBusMessage> store, long maxSizeInBytes, Func<ServiceBusMessage, bool> mayAdd)
        : this(maxSizeInBytes)
    {
        SizeInBytes = size;
        _envelopes.AddRange(store.Select(Envelope.From));
        _store = store;
        _mayAdd = mayAdd ?? (_ => true);
    }

    public int Count => _envelopes.Count;

    public long MaxSizeInBytes { get; }

    public long SizeInBytes { get; private set; }

    internal IReadOnlyList<Envelope> Envelopes => _envelopes;

    public bool TryAddMessage(ServiceBusMessage message)
    {
        Check.NotNull(message, nameof(message));
        lock (_gate)
        {
            Check.NotClosed(_disposed, nameof(ServiceBusMessageBatch));
            if (_sending)
            {
                throw new InvalidOperationException("A message cannot be added to a batch while the batch is being sent.");
            }
            if (_mayAdd is not null)
            {
                return TryAddToModel(message);
            }
            var envelope = Envelope.From(message);
            var size = Limits.BatchSize(SizeInBytes, envelope);
            if (size > MaxSizeInBytes || _envelopes.Count == Limits.MessagesInBatch)
            {
                return false;
            }
            SizeInBytes = size;
            _envelopes.Add(envelope);
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_sending)
            {
                throw new InvalidOperationException("A batch cannot be disposed while it is being sent.");
            }
            _disposed = true;
            _envelopes.Clear();
        }
    }

    internal void BeginSend()
    {
        lock (_gate)
        {
            Check.NotClosed(_disposed, nameof(ServiceBusMessageBatch));
            _sending = true;
        }
    }

    internal void EndSend()
    {
        lock (_gate)
        {
            _sending = false;
        }
    }

    // A batch made by ServiceBusModelFactory has the size its test gave it.
    private bool TryAddToModel(ServiceBusMessage message)
    {
        if (!_mayAdd(message))
        {
            return false;
        }
        _store.Add(message);
        _envelopes.Add(Envelope.From(message));
        return true;
    }
}
