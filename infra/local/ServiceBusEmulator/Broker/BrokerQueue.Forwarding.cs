namespace EReferrals.Local.ServiceBusEmulator.Broker;

internal sealed partial class BrokerQueue
{
    private BrokerQueue? _forwardTo;
    private string _source = "";

    /// <summary>Sets the forwarding target of a dead-letter queue. Called before the queue is used.</summary>
    public void ForwardTo(BrokerQueue target, string source) => (_forwardTo, _source) = (target, source);

    public void ThrowIfForwarded()
    {
        if (_forwardTo is not null)
        {
            throw new BrokerException(BrokerFailure.NotAllowed, "Cannot create a message receiver on an entity with auto-forwarding enabled.");
        }
    }

    // The message is enqueued on the target as a new message: at the end, with a new sequence number and no deliveries. It stays here while the target
    // rejects sends.
    private void Forward(StoredMessage message)
    {
        var target = _forwardTo!;
        if (_faults().RefusesSends(target.Name))
        {
            Move(message, Standing.Stalled);
            return;
        }
        var sequence = 0L;
        var now = _clock.GetUtcNow();
        var envelope = message.Envelope.WithDeadLetterSource(_source);
        Move(message, Standing.Writing);
        _ = _journal.WriteAsync(
            statements =>
            {
                sequence = statements.NextSequence();
                statements.Forward(message.Sequence, sequence, target.Name, now, envelope);
            },
            () =>
            {
                target.Load(new StoredMessage
                {
                    Envelope = envelope,
                    TimeToLive = target.LifeOf(envelope),
                    Sequence = sequence,
                    EnqueuedSequence = message.EnqueuedSequence,
                    Enqueued = now,
                });
                Guarded(() => Move(message, Standing.Gone));
            },
            () => Guarded(() => Move(message, Standing.Stalled)));
    }
}
