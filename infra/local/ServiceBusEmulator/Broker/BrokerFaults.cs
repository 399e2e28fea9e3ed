namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>Test hook: faults to inject. They can be set at any time and are all off at first.</summary>
public class BrokerFaults
{
    private readonly Lock _gate = new();
    private Random _random = new(1);

    /// <summary>Rejects sends to these queues, as queues with the status SendDisabled do.</summary>
    public IReadOnlyList<string> RefusedQueues { get; set; } = [];

    /// <summary>Rejects sends to every queue, as queues with the status SendDisabled do.</summary>
    public bool RefuseAllSends { get; set; }

    /// <summary>Rejects sends to every queue with ServiceBusy, as an overloaded namespace does.</summary>
    public bool Busy { get; set; }

    /// <summary>The fraction of sends that fail, from 0 to 1.</summary>
    public double SendFailureRate { get; set; }

    /// <summary>Whether a failing send fails before or after the write.</summary>
    public SendFailure SendFailure { get; set; } = SendFailure.BeforeOrAfterWrite;

    /// <summary>Delivers every message once more after its first completion, as if that completion had never reached the broker.</summary>
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

    /// <summary>Decides for one send whether and where it fails.</summary>
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
