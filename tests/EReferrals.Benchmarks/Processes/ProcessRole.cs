namespace EReferrals.Benchmarks.Processes;

/// <summary>The role of a process in the measured system.</summary>
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
