namespace EReferrals.Local.ServiceBusEmulator.Broker;

internal sealed partial class BrokerQueue
{
    private BrokerQueue? _forwardTo;
    private string _source = "";

    /// <summary>For a queue of dead letters, before anybody can use it.</summary>
    public void ForwardTo(BrokerQueue target, string source) => (_forwardTo, _source) = (target, source);

    public void ThrowIfForwarded()
    {
        if (_forwardTo is not null)
        {
            throw new BrokerException(BrokerFailure.NotAllowed, "Cannot create a message receiver on an entity with auto-forwarding enabled.");
        }
    }

    // It arrives as a new message does: at the end, under a new number, not yet delivered. A target that takes nothing leaves it here.
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
