namespace EReferrals.Messaging;

/// <summary>A message that no later delivery can make readable. Its text names the queue, never the body.</summary>
public sealed class UnreadableMessageException(string queue, Exception? cause = null)
    : Exception($"A message on {queue} could not be read.", cause);
