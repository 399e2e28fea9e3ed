namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>Where a message stands in its queue; every message has exactly one standing.</summary>
internal enum Standing
{
    Gone,
    Scheduled,
    Available,

    /// <summary>Its next standing is being written; until that is on disk nobody can have it.</summary>
    Writing,
    Locked,
    Deferred,

    /// <summary>A write that the broker itself started has failed, and will be tried again.</summary>
    Stalled,
}
