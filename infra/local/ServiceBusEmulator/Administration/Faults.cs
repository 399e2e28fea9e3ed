using EReferrals.Local.ServiceBusEmulator.Broker;

namespace EReferrals.Local.ServiceBusEmulator.Administration;

/// <summary>What goes wrong on purpose, all of it; the members are those of <see cref="BrokerFaults"/>.</summary>
internal sealed record Faults
{
    public IReadOnlyList<string> RefusedQueues { get; init; } = [];

    public bool RefuseAllSends { get; init; }

    public bool Busy { get; init; }

    public double SendFailureRate { get; init; }

    public SendFailure SendFailure { get; init; } = SendFailure.BeforeOrAfterWrite;

    public bool DeliverEverythingTwice { get; init; }

    /// <summary>As if the disk had no room left.</summary>
    public bool IsFileFull { get; init; }
}
