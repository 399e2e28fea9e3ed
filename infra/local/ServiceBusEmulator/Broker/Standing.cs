namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>The state of a message in its queue. Every message has exactly one.</summary>
internal enum Standing
{
    Gone,
    Scheduled,
    Available,

    /// <summary>The next standing is being written. The message cannot be received until it is on disk.</summary>
    Writing,
    Locked,
    Deferred,

    /// <summary>A write that the broker itself started has failed and will be retried.</summary>
    Stalled,
}
