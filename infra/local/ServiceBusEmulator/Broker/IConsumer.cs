namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>Takes messages from a queue while it has credit.</summary>
internal interface IConsumer
{
    bool AndDelete { get; }

    /// <summary>
    /// Returns how many of the available messages the consumer takes. <see cref="Deliver"/> or <see cref="Unreserve"/> follows for them. Called under the
    /// queue's lock.
    /// </summary>
    int Reserve(int available);

    /// <summary>Called on the journal's thread, in the order in which the messages were taken.</summary>
    void Deliver(IReadOnlyList<Delivery> deliveries);

    /// <summary>The reserved messages are not delivered, because their delivery could not be written.</summary>
    void Unreserve(int count);
}
