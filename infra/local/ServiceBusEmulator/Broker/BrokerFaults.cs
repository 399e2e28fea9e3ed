namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>Test hook: what goes wrong on purpose. Settable at any time; everything is off at first.</summary>
public class BrokerFaults
{
    private readonly Lock _gate = new();
    private Random _random = new(1);

    /// <summary>Sends to these queues are refused, as by queues whose status is SendDisabled.</summary>
    public IReadOnlyList<string> RefusedQueues { get; set; } = [];

    /// <summary>Sends to every queue are refused, as by queues whose status is SendDisabled.</summary>
    public bool RefuseAllSends { get; set; }

    /// <summary>Sends to every queue are refused as by a namespace that has too much to do (ServiceBusy).</summary>
    public bool Busy { get; set; }

    /// <summary>From 0 to 1: how many sends fail.</summary>
    public double SendFailureRate { get; set; }

    /// <summary>Where a failing send fails.</summary>
    public SendFailure SendFailure { get; set; } = SendFailure.BeforeOrAfterWrite;

    /// <summary>
    /// Every message comes once more after its first completion, as if that completion had never reached the broker.
    /// </summary>
    public bool DeliverEverythingTwice { get; set; }

    /// <summary>Makes the choice of failing sends repeatable.</summary>
    public int Seed
    {
        set
        {
            lock (_gate) _random = new Random(value);
        }
    }

    public void RefuseSends(params IEnumerable<string> queues) => RefusedQueues = [.. RefusedQueues, .. queues];

    public void AllowSends(params IEnumerable<string> queues) => RefusedQueues = [.. RefusedQueues.Except(queues)];

    public void Clear()
    {
        RefusedQueues = [];
        RefuseAllSends = false;
        Busy = false;
        SendFailureRate = 0;
        DeliverEverythingTwice = false;
    }

    internal bool RefusesSends(string queue) => RefuseAllSends || RefusedQueues.Contains(queue, StringComparer.OrdinalIgnoreCase);

    /// <summary>Decides once for each send: not to fail, or where.</summary>
    internal SendFailure? NextSendFailure()
    {
        if (SendFailureRate <= 0) return null;
        lock (_gate)
        {
            if (_random.NextDouble() >= SendFailureRate) return null;
            return SendFailure != SendFailure.BeforeOrAfterWrite ? SendFailure
                : _random.Next(2) == 0 ? SendFailure.BeforeWrite : SendFailure.AfterWrite;
        }
    }
}
