using AmqpDelivery = Microsoft.Azure.Amqp.Delivery;
using Delivery = EReferrals.Local.ServiceBusEmulator.Broker.Delivery;

namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>
/// Sends messages to a receiver within its credit, and handles its dispositions. It replaces the library's own sending link, which completes a drain while
/// messages are still in transit.
/// </summary>
internal sealed class ReceiverLink : AmqpLink, IConsumer
{
    private readonly Lock _gate = new();
    private readonly Queue<Flow> _flows = new();
    private readonly SerialQueue<IReadOnlyList<Delivery>> _outgoing;
    private readonly SerialQueue<(AmqpDelivery Delivery, DeliveryState State)> _answers;
    private readonly LastUse _lastUse;
    private readonly OrderedSession _session;
    private BrokerQueue? _queue;
    private int _reserved;
    private bool _isInFlow;
    private bool _isDraining;
    private volatile bool _isClosed;

    public ReceiverLink(OrderedSession session, AmqpLinkSettings settings, TimeProvider clock)
        : base(session, settings)
    {
        _session = session;
        _lastUse = new(clock);
        _outgoing = new((deliveries, _) => Send(deliveries), SafeClose);
        _answers = new((answer, isMore) => DisposeDelivery(answer.Delivery, settled: true, answer.State, noFlush: isMore), SafeClose);
    }

    public bool AndDelete => Settings.SettleType == SettleMode.SettleOnSend;

    /// <summary>
    /// Returns true, and delivers nothing from then on, when the link was not used after <paramref name="limit"/> and no receiver waits on it.
    /// </summary>
    public bool EndIfIdle(DateTimeOffset limit)
    {
        lock (_gate)
        {
            if (LinkCredit > 0 || _reserved > 0 || _lastUse.At > limit) return false;
            return _isClosed = true;
        }
    }

    public void Attach(BrokerQueue queue)
    {
        _queue = queue;
        queue.Add(this);
        SafeAddClosed((_, _) =>
        {
            _isClosed = true;
            queue.Remove(this);
        });
    }

    public int Reserve(int available)
    {
        lock (_gate)
        {
            if (_isDraining || _isClosed) return 0;
            var count = (int)Math.Clamp((long)LinkCredit - _reserved, 0, available);
            _reserved += count;
            // A delivery uses the link: without this, a link whose clock has jumped would be detached with messages that its receiver has just got.
            if (count > 0) _lastUse.Now();
            return count;
        }
    }

    public void Deliver(IReadOnlyList<Delivery> deliveries) => _outgoing.Post(deliveries);

    public void Unreserve(int count)
    {
        lock (_gate) _reserved -= count;
        RunFlows();
    }

    public override bool CreateDelivery(Transfer transfer, out AmqpDelivery delivery) => throw new NotSupportedException();

    // Process the credit first, so that available messages are sent. Then process the drain, which completes when all of them have been sent.
    protected override void OnReceiveFlow(Flow flow)
    {
        lock (_gate)
        {
            if (flow.Drain == true)
                _flows.Enqueue(new Flow { Handle = flow.Handle, DeliveryCount = flow.DeliveryCount, LinkCredit = flow.LinkCredit });
            _flows.Enqueue(flow);
        }
        RunFlows();
    }

    protected override void OnCreditAvailable(int session, uint link, bool drain, ArraySegment<byte> txnId)
    {
        _lastUse.Now();
        _queue?.Wake();
    }

    protected override void OnDisposeDeliveryInternal(AmqpDelivery delivery)
    {
        if (!AndDelete) _ = SettleAsync(delivery);
    }

    protected override void OnProcessTransfer(AmqpDelivery delivery, Transfer transfer, Frame rawFrame) => throw new NotSupportedException();

    private void RunFlows()
    {
        while (TakeFlow() is { } flow)
        {
            ProcessFlow(flow);
            lock (_gate)
            {
                _isInFlow = false;
                _isDraining = false;
            }
        }
    }

    private Flow? TakeFlow()
    {
        lock (_gate)
        {
            if (_isInFlow || !_flows.TryPeek(out var flow)) return null;
            _isDraining = flow.Drain == true;
            if (_isDraining && _reserved > 0) return null;
            _isInFlow = true;
            return _flows.Dequeue();
        }
    }

    // After the first message that cannot be sent, none is sent, so that the order is kept.
    private void Send(IReadOnlyList<Delivery> deliveries)
    {
        var sent = 0;
        while (sent < deliveries.Count && TrySend(deliveries[sent])) sent++;
        foreach (var delivery in AndDelete ? [] : deliveries.Skip(sent)) _queue!.TakeBack(delivery.LockToken);
        Unreserve(deliveries.Count);
        if (LinkCredit > 0) _queue!.Wake();
    }

    private bool TrySend(Delivery delivery)
    {
        var message = MessageCodec.Write(delivery);
        message.DeliveryTag = delivery.LockToken.ToByteArray();
        message.Batchable = true;
        try
        {
            return !_isClosed && _session.TrySend(() => TrySendDelivery(message));
        }
        catch (Exception ex)
        {
            SafeClose(ex);
            return false;
        }
    }

    private async Task SettleAsync(AmqpDelivery delivery)
    {
        var (state, wasSettled) = (delivery.State, delivery.Settled);
        // The client treats a rejection with an error as a failure. A message that was dead-lettered on request needs a rejection without an error.
        var answer = state is Rejected ? new Rejected() : state;
        try
        {
            _lastUse.Now();
            await Settlement.ApplyAsync(_queue!, new Guid(delivery.DeliveryTag.AsSpan()), state).ConfigureAwait(false);
        }
        catch (Exception ex)
        {
            answer = new Rejected { Error = BrokerFailure.ErrorFrom(ex) };
        }
        if (!wasSettled)
        {
            delivery.Batchable = true;
            _answers.Post((delivery, answer));
        }
    }
}
