namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>Somebody who takes messages from a queue for as long as it has credit.</summary>
internal interface IConsumer
{
    bool AndDelete { get; }

    /// <summary>
    /// How many it takes of the messages that are there. So many are then on their way to it, and <see cref="Deliver"/> or
    /// <see cref="Unreserve"/> follows. Called under the queue's gate.
    /// </summary>
    int Reserve(int available);

    /// <summary>Comes on the journal's thread, in the order in which the messages were taken.</summary>
    void Deliver(IReadOnlyList<Delivery> deliveries);

    /// <summary>The reserved messages do not come: that they are delivered could not be written.</summary>
    void Unreserve(int count);
}
