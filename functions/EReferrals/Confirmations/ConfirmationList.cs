using System.Text.Json;

namespace EReferrals.Confirmations;

/// <summary>The stored confirmations, oldest first. Pure. A change without effect returns the same object.</summary>
public sealed record ConfirmationList(IReadOnlyList<Confirmation> All)
{
    /// <summary>The most that wait, and the most that are kept. The audit trail has all of them.</summary>
    public const int Most = 200;

    public static ConfirmationList None { get; } = new([]);

    public Confirmation? Find(Guid id) => All.FirstOrDefault(one => one.Id == id);

    /// <summary>The open confirmation of this action; null when nobody waits for one.</summary>
    public Confirmation? FindOpen(ConfirmedAction action, JsonElement request, DateTimeOffset now) =>
        All.LastOrDefault(one => one.IsOpenAt(now) && one.Asks(action, request));

    /// <summary>
    /// Adds a confirmation. Those that are closed make room for it, oldest first. A list full of open ones takes no other open one; what an operator did alone
    /// is always added, one beyond the limit.
    /// </summary>
    public ConfirmationList With(Confirmation added, DateTimeOffset now)
    {
        if (Find(added.Id) is not null) return this;
        var surplus = All.Count + 1 - Most;
        var dropped = All.Where(one => !one.IsOpenAt(now)).Take(Math.Max(0, surplus)).ToHashSet();
        return dropped.Count < surplus && added.IsOpenAt(now) ? this : new ConfirmationList([.. All.Where(one => !dropped.Contains(one)), added]);
    }

    public ConfirmationList Change(Guid id, Func<Confirmation, Confirmation> change)
    {
        if (Find(id) is not { } before) return this;
        var after = change(before);
        return ReferenceEquals(after, before) ? this : new ConfirmationList([.. All.Select(one => one.Id == id ? after : one)]);
    }
}
