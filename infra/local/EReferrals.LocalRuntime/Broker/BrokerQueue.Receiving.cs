using Azure.Messaging.ServiceBus;

namespace EReferrals.LocalRuntime.Broker;

internal sealed partial class BrokerQueue
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    public Task<IReadOnlyList<Delivery>> ReceiveAsync(
        int max, TimeSpan wait, bool andDelete, SessionHold? hold, CancellationToken cancellationToken)
    {
        var waiter = new Waiter<IReadOnlyList<Delivery>>(max, andDelete);
        var node = Guarded(() =>
        {
            var source = SourceFor(hold);
            Wake(source);
            return source.Receivers.AddLast(waiter);
        });
        return WaitAsync(node, wait, () => waiter.Answer.SetResult([]), cancellationToken);
    }

    public Task<IReadOnlyList<Delivery>> ReceiveDeferredAsync(long[] sequenceNumbers, bool andDelete, SessionHold? hold)
    {
        var waiter = new Waiter<IReadOnlyList<Delivery>>(sequenceNumbers.Length, andDelete);
        Guarded(() =>
        {
            SourceFor(hold);
            var messages = sequenceNumbers.Distinct().Select(number => DeferredMessage(number, hold)).ToArray();
            if (messages.Length == 0)
            {
                waiter.Answer.SetResult([]);
                return;
            }
            Deliver(messages, waiter, hold);
        });
        return waiter.Answer.Task;
    }

    private StoredMessage DeferredMessage(long sequenceNumber, SessionHold? hold) =>
        _all.TryGetValue(sequenceNumber, out var message)
        && message.Standing == Standing.Deferred
        && (hold is null || message.Envelope.SessionId == hold.SessionId)
            ? message
            : throw Failure(ServiceBusFailureReason.MessageNotFound, $"There is no deferred message with the sequence number {sequenceNumber}.");

    private MessageSource SourceFor(SessionHold? hold)
    {
        ThrowIfClosed();
        if (!_settings.RequiresSession)
        {
            return _main;
        }
        if (hold is null)
        {
            throw new InvalidOperationException(
                $"It is not possible for an entity that requires sessions to create a non-sessionful message receiver ({Name}).");
        }
        ThrowIfLost(hold);
        return hold.Session;
    }

    private MessageSource SourceOf(StoredMessage message) =>
        _settings.RequiresSession ? SessionOf(message.Envelope.SessionId!) : _main;

    private void Wake(MessageSource source) => _woken.Add(source);

    private void ServeEverybodyWaiting()
    {
        foreach (var source in _woken)
        {
            if (source.SessionId is not null)
            {
                Refresh(source);
            }
        }
        OfferSessions();
        while (_woken.Count > 0)
        {
            var source = _woken.First();
            _woken.Remove(source);
            Serve(source);
        }
    }

    private void Serve(MessageSource source)
    {
        while (source.Receivers.First is { } first && source.Available.Count > 0 && !_closed)
        {
            source.Receivers.RemoveFirst();
            var messages = source.Available.Take(first.Value.Max).ToArray();
            Deliver(messages, first.Value, source.Holder);
        }
    }

    // The count is on disk before anybody sees the message: one that kills the process is dead-lettered like any other.
    private void Deliver(StoredMessage[] messages, Waiter<IReadOnlyList<Delivery>> receiver, SessionHold? hold)
    {
        foreach (var message in messages)
        {
            message.DeliveryCount++;
            Move(message, Standing.Writing);
        }
        _ = _journal.WriteAsync(
            statements => WriteDeliveries(statements, messages, receiver.AndDelete),
            () => Guarded(() => EndDelivery(messages, receiver, hold)),
            () => Guarded(() =>
            {
                foreach (var message in messages)
                {
                    message.DeliveryCount--;
                    Release(message);
                }
                receiver.Answer.SetException(Failure(ServiceBusFailureReason.ServiceBusy, "The local broker cannot write to its file."));
            }));
    }

    private static void WriteDeliveries(JournalStatements statements, StoredMessage[] messages, bool delete)
    {
        foreach (var message in messages)
        {
            if (delete)
            {
                statements.Delete(message.Sequence);
            }
            else
            {
                statements.SetDeliveryCount(message.Sequence, message.DeliveryCount);
            }
        }
    }

    private void EndDelivery(StoredMessage[] messages, Waiter<IReadOnlyList<Delivery>> receiver, SessionHold? hold)
    {
        if (!receiver.AndDelete && hold is { IsHeld: false })
        {
            Array.ForEach(messages, Release);
            receiver.Answer.SetException(SessionLost(hold));
            return;
        }
        var deliveries = new List<Delivery>(messages.Length);
        foreach (var message in messages)
        {
            if (!receiver.AndDelete)
            {
                message.Hold = hold;
                message.LockToken = Guid.NewGuid();
                message.LockedUntil = hold?.LockedUntil ?? _clock.GetUtcNow() + _settings.LockDuration;
            }
            Move(message, receiver.AndDelete ? Standing.Gone : Standing.Locked);
            deliveries.Add(message.ToDelivery());
        }
        receiver.Answer.SetResult(deliveries);
    }

    private async Task<T> WaitAsync<T>(
        LinkedListNode<Waiter<T>> node, TimeSpan wait, Action giveUp, CancellationToken cancellationToken)
    {
        var answer = node.Value.Answer;
        if (node.List is null)
        {
            return await answer.Task.ConfigureAwait(false);
        }
        if (wait == TimeSpan.Zero)
        {
            LeaveLine(node, giveUp);
            return await answer.Task.ConfigureAwait(false);
        }
        var timer = _clock.CreateTimer(
            _ => LeaveLine(node, giveUp), null, wait < LongestWait ? wait : LongestWait, Timeout.InfiniteTimeSpan);
        await using (timer.ConfigureAwait(false))
        {
            var registration = cancellationToken.Register(() => LeaveLine(node, () => answer.SetCanceled(cancellationToken)));
            await using (registration.ConfigureAwait(false))
            {
                return await answer.Task.ConfigureAwait(false);
            }
        }
    }

    // Whoever has left the line has messages, or a session, on the way; giving up then would lose them for a lock's duration.
    private void LeaveLine<T>(LinkedListNode<Waiter<T>> node, Action then)
    {
        lock (_gate)
        {
            if (node.List is { } line)
            {
                line.Remove(node);
                then();
            }
        }
    }

    private void FailEverybodyWaiting()
    {
        Fail(_main.Receivers, Journal.Closed());
        foreach (var session in _sessions.Values)
        {
            Fail(session.Receivers, Journal.Closed());
        }
        Fail(_acceptors, Journal.Closed());
    }

    private static void Fail<T>(LinkedList<Waiter<T>> line, Exception exception)
    {
        foreach (var waiter in line)
        {
            waiter.Answer.SetException(exception);
        }
        line.Clear();
    }

    private void ThrowIfClosed()
    {
        if (_closed)
        {
            throw Journal.Closed();
        }
    }
}
