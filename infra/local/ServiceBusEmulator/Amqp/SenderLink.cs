namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>Receives messages from a sender, enqueues them, and acknowledges them when they are on disk.</summary>
internal sealed class SenderLink
{
    private readonly ReceivingAmqpLink _link;
    private readonly BrokerQueue _queue;
    private readonly LastUse _lastUse;
    private readonly SerialQueue<(AmqpMessage Message, Outcome Outcome)> _answers;

    public SenderLink(ReceivingAmqpLink link, BrokerQueue queue, TimeProvider clock)
    {
        _link = link;
        _queue = queue;
        _lastUse = new(clock);
        _answers = new((answer, isMore) => Answer(answer.Message, answer.Outcome, isMore), link.SafeClose);
        link.RegisterMessageListener(message => _ = TakeAsync(message));
    }

    /// <summary>Whether the link was not used after <paramref name="limit"/>.</summary>
    public bool IsIdle(DateTimeOffset limit) => _lastUse.At <= limit;

    private async Task TakeAsync(AmqpMessage message)
    {
        Outcome outcome = AmqpConstants.AcceptedOutcome;
        try
        {
            _lastUse.Now();
            await _queue.SendAsync(MessageCodec.Read(message)).ConfigureAwait(false);
        }
        catch (Exception ex)
        {
            outcome = new Rejected { Error = BrokerFailure.ErrorFrom(ex) };
        }
        _answers.Post((message, outcome));
    }

    // One flush acknowledges all sends in line, because the sends of one commit arrive here together.
    private void Answer(AmqpMessage message, Outcome outcome, bool isMore)
    {
        message.Batchable = true;
        _link.DisposeDelivery(message, settled: true, outcome, noFlush: isMore);
        message.Dispose();
    }
}
