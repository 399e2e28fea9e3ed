namespace EReferrals.Local.ServiceBusEmulator.Broker;

internal sealed partial class BrokerQueue
{
    public Task CompleteAsync(Guid token) => Guarded(() =>
    {
        var message = Held(token);
        if (_faults().DeliverEverythingTwice && !message.CompletedOnce && message.DeliveryCount < _settings.MaxDeliveryCount)
        {
            message.CompletedOnce = true;
            Release(message);
            return Task.CompletedTask;
        }
        return DeleteAsync(message, Standing.Locked);
    });

    public Task AbandonAsync(Guid token, IReadOnlyDictionary<string, object?>? changes) => Guarded(() =>
    {
        var message = Held(token);
        if (changes is null || changes.Count == 0)
        {
            // The delivery was counted when it was made, so that there is nothing to write.
            Release(message);
            return Task.CompletedTask;
        }
        return ChangePlace(message, message.IsDeferred, changes);
    });

    public Task DeferAsync(Guid token, IReadOnlyDictionary<string, object?>? changes) => Guarded(() =>
        ChangePlace(Held(token), deferred: true, changes));

    public Task DeadLetterAsync(Guid token, IReadOnlyDictionary<string, object?>? changes) => Guarded(() =>
    {
        if (IsForDeadLetters) throw new BrokerException(BrokerFailure.NotAllowed, "A dead letter cannot be dead-lettered again.");
        var message = Held(token);
        return MoveToDeadLetters(message, changes, () => LockAgain(message));
    });

    public DateTimeOffset RenewLock(Guid token) => Guarded(() =>
    {
        var message = Held(token);
        message.LockedUntil = _clock.GetUtcNow() + _settings.LockDuration;
        Move(message, Standing.Locked);
        return message.LockedUntil;
    });

    /// <summary>Returns a message that never reached its receiver, or reached it after the receive had ended. The delivery does not count.</summary>
    public void TakeBack(Guid token) => Guarded(() =>
    {
        if (_locked.TryGetValue(token, out var message))
        {
            var (sequence, count) = (message.Sequence, --message.DeliveryCount);
            _ = _journal.WriteAsync(statements => statements.SetDeliveryCount(sequence, count));
            Release(message);
        }
    });

    public void EndLocks() => Guarded(() =>
    {
        foreach (var message in _locked.Values.ToArray()) Release(message);
    });

    private StoredMessage Held(Guid token)
    {
        ThrowIfClosed();
        return _locked.TryGetValue(token, out var message)
            ? message
            : throw new BrokerException(
                BrokerFailure.MessageLockLost,
                "The lock supplied is invalid. Either the lock expired, or the message has already been settled.");
    }

    private Task ChangePlace(StoredMessage message, bool deferred, IReadOnlyDictionary<string, object?>? changes)
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

    // The settlement is not on disk, so that it has not happened. The receiver keeps the lock unless the lock has expired.
    private void LockAgain(StoredMessage message) => Move(message, Standing.Locked);
}
