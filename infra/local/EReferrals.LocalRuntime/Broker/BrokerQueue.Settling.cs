using Azure.Messaging.ServiceBus;

namespace EReferrals.LocalRuntime.Broker;

internal sealed partial class BrokerQueue
{
    public Task CompleteAsync(long sequenceNumber, Guid token, SessionHold? hold) => Guarded(() =>
    {
        var message = Held(sequenceNumber, token, hold);
        if (_faults.DeliverEverythingTwice && !message.CompletedOnce && message.DeliveryCount < _settings.MaxDeliveryCount)
        {
            message.CompletedOnce = true;
            Release(message);
            return Task.CompletedTask;
        }
        Move(message, Standing.Writing);
        return _journal.WriteAsync(
            statements => statements.Delete(message.Sequence),
            () => Guarded(() => Move(message, Standing.Gone)),
            () => Guarded(() => LockAgain(message)));
    });

    public Task AbandonAsync(long sequenceNumber, Guid token, IDictionary<string, object?>? changes, SessionHold? hold) => Guarded(() =>
    {
        var message = Held(sequenceNumber, token, hold);
        if (changes is null || changes.Count == 0)
        {
            // The delivery has been counted when it was made; there is nothing to write.
            Release(message);
            return Task.CompletedTask;
        }
        return ChangePlace(message, message.IsDeferred, changes);
    });

    public Task DeferAsync(long sequenceNumber, Guid token, IDictionary<string, object?>? changes, SessionHold? hold) => Guarded(() =>
        ChangePlace(Held(sequenceNumber, token, hold), deferred: true, changes));

    public Task DeadLetterAsync(long sequenceNumber, Guid token, IDictionary<string, object?>? changes, SessionHold? hold) => Guarded(() =>
    {
        if (IsForDeadLetters)
        {
            throw new InvalidOperationException("A dead letter cannot be dead-lettered again.");
        }
        var message = Held(sequenceNumber, token, hold);
        return MoveToDeadLetters(message, changes, () => LockAgain(message));
    });

    public DateTimeOffset RenewLock(long sequenceNumber, Guid token) => Guarded(() =>
    {
        var message = Held(sequenceNumber, token, null);
        message.LockedUntil = _clock.GetUtcNow() + _settings.LockDuration;
        Move(message, Standing.Locked);
        return message.LockedUntil;
    });

    private StoredMessage Held(long sequenceNumber, Guid token, SessionHold? hold)
    {
        SourceFor(hold);
        return _all.TryGetValue(sequenceNumber, out var message)
            && message.Standing == Standing.Locked
            && message.LockToken == token
            && message.Hold == hold
            ? message
            : throw Failure(
                ServiceBusFailureReason.MessageLockLost,
                "The lock supplied is invalid. Either the lock expired, or the message has already been settled.");
    }

    private Task ChangePlace(StoredMessage message, bool deferred, IDictionary<string, object?>? changes)
    {
        var envelope = message.Envelope.WithProperties(changes);
        Move(message, Standing.Writing);
        return _journal.WriteAsync(
            statements => statements.SetPlace(message.Sequence, dead: IsForDeadLetters, deferred, envelope),
            () => Guarded(() =>
            {
                _bytes += envelope.Size - message.Envelope.Size;
                message.Envelope = envelope;
                message.IsDeferred = deferred;
                Release(message);
            }),
            () => Guarded(() => LockAgain(message)));
    }

    // The settlement is not on disk, so it has not happened: the receiver still has the lock, if it has not run out meanwhile.
    private void LockAgain(StoredMessage message)
    {
        if (message.Hold is { IsHeld: false })
        {
            Release(message);
        }
        else
        {
            Move(message, Standing.Locked);
        }
    }
}
