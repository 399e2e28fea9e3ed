namespace EReferrals.Storage.Lists;

/// <param name="Oldest">When the oldest entry was received; null for an empty list.</param>
/// <param name="Overdue">The number of entries with an overdue mark.</param>
public sealed record ListWaits(DateTimeOffset? Oldest, int Overdue)
{
    public static ListWaits None { get; } = new(null, 0);

    public ListWaits With(DateTimeOffset? received, bool isOverdue) =>
        new(received < (Oldest ?? DateTimeOffset.MaxValue) ? received : Oldest, Overdue + (isOverdue ? 1 : 0));
}
