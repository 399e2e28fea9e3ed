namespace EReferrals.Local.ServiceBusEmulator.Broker;

internal sealed partial class BrokerQueue
{
    private const int LargestGroup = 256;

    private readonly LinkedList<IConsumer> _consumers = [];

    public void Add(IConsumer consumer) => Guarded(() =>
    {
        ThrowIfClosed();
        _consumers.AddLast(consumer);
    });

    public void Remove(IConsumer consumer) => Guarded(() => _consumers.Remove(consumer));

    /// <summary>Serves consumers after one of them has gained credit.</summary>
    public void Wake() => Guarded(() => { });

    public Task<IReadOnlyList<Delivery>> ReceiveDeferredAsync(long[] sequenceNumbers, bool andDelete) => Guarded(() =>
    {
        ThrowIfClosed();
        var messages = sequenceNumbers.Distinct().Select(number => Find(number, Standing.Deferred)).ToArray();
        var answer = new TaskCompletionSource<IReadOnlyList<Delivery>>(TaskCreationOptions.RunContinuationsAsynchronously);
        Deliver(messages, andDelete, answer.SetResult, answer.SetException);
        return answer.Task;
    });

    // Serves the consumers in turn until no message or no credit is left.
    private void Serve()
    {
        for (var withoutCredit = 0; _available.Count > 0 && withoutCredit < _consumers.Count && !_closed;)
        {
            var next = _consumers.First!;
            _consumers.RemoveFirst();
            _consumers.AddLast(next);
            var consumer = next.Value;
            var count = consumer.Reserve(Math.Min(_available.Count, LargestGroup));
            if (count == 0)
            {
                withoutCredit++;
                continue;
            }
            withoutCredit = 0;
            StoredMessage[] messages = [.. _available.Take(count)];
            Deliver(messages, consumer.AndDelete, consumer.Deliver, _ => consumer.Unreserve(count));
        }
    }

    // The delivery count is on disk before a consumer sees the message, so that a message that crashes the process is dead-lettered like any other.
    private void Deliver(
        StoredMessage[] messages, bool andDelete, Action<IReadOnlyList<Delivery>> then, Action<BrokerException> otherwise)
    {
        foreach (var message in messages)
        {
            message.DeliveryCount++;
            Move(message, Standing.Writing);
        }
        _ = _journal.WriteAsync(
            statements => WriteDeliveries(statements, messages, andDelete),
            () => then(Guarded(() => EndDelivery(messages, andDelete))),
            () =>
            {
                Guarded(() => Array.ForEach(messages, UndoDelivery));
                otherwise(new BrokerException(BrokerFailure.ServerBusy, "The emulator cannot write to its file."));
            });
    }

    // The message is not available again at once: the same consumers would take it and the same full disk would reject it in an endless loop.
    private void UndoDelivery(StoredMessage message)
    {
        message.DeliveryCount--;
        Move(message, message.IsDeferred ? Standing.Deferred : Standing.Stalled);
    }

    private static void WriteDeliveries(JournalStatements statements, StoredMessage[] messages, bool andDelete)
    {
        foreach (var message in messages)
        {
            if (andDelete) statements.Delete(message.Sequence);
            else statements.SetDeliveryCount(message.Sequence, message.DeliveryCount);
        }
    }

    private Delivery[] EndDelivery(StoredMessage[] messages, bool andDelete)
    {
        var lockedUntil = _clock.GetUtcNow() + _settings.LockDuration;
        return Array.ConvertAll(messages, message =>
        {
            message.LockToken = Guid.NewGuid();
            message.LockedUntil = lockedUntil;
            Move(message, andDelete ? Standing.Gone : Standing.Locked);
            return message.ToDelivery();
        });
    }
}
