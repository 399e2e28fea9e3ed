using EReferrals.Referrals.Values;

namespace EReferrals.Status.Messages;

/// <param name="By">The operator's user id; shown to operators only.</param>
public sealed record OperatorMessage(Guid Id, DateTimeOffset At, string Text, DateTimeOffset? Until, string By)
{
    /// <summary>The message as the audit trail records it.</summary>
    internal string Recorded() => Until is { } until ? $"{Text} (until {InstantConverter.TextOf(until)})" : Text;

    public bool IsShownAt(DateTimeOffset now) => Until is null || Until > now;
}

/// <summary>The stored messages, oldest first. Pure. A change without effect returns the same object.</summary>
public sealed record OperatorMessages(IReadOnlyList<OperatorMessage> Messages)
{
    public static OperatorMessages None { get; } = new([]);

    public IReadOnlyList<OperatorMessage> ShownAt(DateTimeOffset now) => [.. Messages.Where(message => message.IsShownAt(now)).Reverse()];

    /// <summary>The message that this one repeats, when it is still shown.</summary>
    public OperatorMessage? Same(OperatorMessage message, DateTimeOffset now) =>
        Messages.FirstOrDefault(known => known.IsShownAt(now) && (known.Text, known.Until, known.By) == (message.Text, message.Until, message.By));

    public OperatorMessages With(OperatorMessage message, DateTimeOffset now)
    {
        // Sent again after a lost response, or by a second attempt to store it.
        if (Same(message, now) is not null) return this;
        var kept = Messages.Where(known => known.IsShownAt(now)).ToArray();
        return kept.Length < MessageBoard.MostMessages ? new OperatorMessages([.. kept, message]) : this;
    }

    public OperatorMessages Without(Guid id) =>
        Messages.Any(message => message.Id == id) ? new OperatorMessages([.. Messages.Where(message => message.Id != id)]) : this;
}
