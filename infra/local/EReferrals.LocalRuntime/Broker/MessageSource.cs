namespace EReferrals.LocalRuntime.Broker;

/// <summary>Deliverable messages in order, and the receivers that wait for them: a whole queue, or one session of it.</summary>
internal sealed class MessageSource(string? sessionId)
{
    private static readonly Comparer<StoredMessage> BySequence =
        Comparer<StoredMessage>.Create((left, right) => left.Sequence.CompareTo(right.Sequence));

    public string? SessionId => sessionId;

    public SortedSet<StoredMessage> Available { get; } = new(BySequence);

    public LinkedList<Waiter<IReadOnlyList<Delivery>>> Receivers { get; } = [];

    public SessionHold? Holder { get; set; }

    public byte[]? State { get; set; }

    /// <summary>Its place among the sessions that can be accepted, or null when it cannot.</summary>
    public long? ReadyFrom { get; set; }
}
