namespace EReferrals.Resilience;

/// <summary>
/// The work of a message fails in a way that no retry can repair, so the message is dead-lettered. The reason is a code and contains no patient data.
/// </summary>
public class UnprocessableMessageException(string reason, Exception? cause = null) : Exception($"A message cannot be processed: {reason}.", cause)
{
    public string Reason { get; } = reason;
}

/// <summary>The body of a message is not in the format of its queue.</summary>
public sealed class UnreadableMessageException(Exception? cause = null) : UnprocessableMessageException("Unreadable", cause);
