namespace EReferrals.Local.ServiceBusEmulator;

/// <summary>What an emulator is started with.</summary>
public sealed record EmulatorOptions
{
    /// <summary>Holds the messages; it is made if there is none, and belongs to one emulator at a time.</summary>
    public required string StateFile { get; init; }

    /// <summary>messaging.json: the queues, as the template creates them.</summary>
    public required string MessagingFile { get; init; }

    /// <summary>0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>0 for a free one.</summary>
    public int AdministrationPort { get; init; }

    /// <summary>Schedules, locks, times to live and duplicate windows go by it.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
