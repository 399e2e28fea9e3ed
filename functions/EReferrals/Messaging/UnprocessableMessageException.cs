namespace EReferrals.Messaging;

/// <summary>A message that no later delivery can mend. It is dead-lettered with the reason, which is for machines and holds no patient data.</summary>
public class UnprocessableMessageException(string reason, Exception? cause = null) : Exception($"A message cannot be processed: {reason}.", cause)
{
    public string Reason { get; } = reason;
}

/// <summary>The body is not what the queue carries.</summary>
public sealed class UnreadableMessageException(Exception? cause = null) : UnprocessableMessageException("Unreadable", cause);
