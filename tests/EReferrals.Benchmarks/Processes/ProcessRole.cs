namespace EReferrals.Benchmarks.Processes;

/// <summary>What a process of the measured system is.</summary>
internal enum ProcessRole
{
    /// <summary>The app itself: the Functions worker.</summary>
    App,

    /// <summary>The Functions host, which starts all others.</summary>
    Host,

    /// <summary>The Service Bus emulator.</summary>
    Bus,

    /// <summary>The storage emulators.</summary>
    Storage,
}
