namespace EReferrals.Local.ServiceBusEmulator;

/// <summary>Options of the emulator.</summary>
public sealed record EmulatorOptions
{
    /// <summary>The file for the messages. It is created if necessary, and one emulator has exclusive access to it.</summary>
    public required string StateFile { get; init; }

    /// <summary>The path of messaging.json, which lists the queues as the template creates them.</summary>
    public required string MessagingFile { get; init; }

    /// <summary>0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>0 for a free one.</summary>
    public int AdministrationPort { get; init; }

    /// <summary>The clock for schedules, locks, times to live and duplicate detection windows.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
