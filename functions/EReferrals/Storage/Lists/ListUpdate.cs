using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Lists;

/// <summary>
/// What a transaction makes of a worklist. It is decided from the head and from what was last applied, and holds only as long as the head is
/// still that one: whoever reads both must read the head first.
/// </summary>
internal sealed record ListUpdate(WorklistHead Head, IReadOnlyList<AppliedUpdate> Updates)
{
    /// <summary>The newest change for each referral.</summary>
    public static IEnumerable<WorklistChange> Newest(IEnumerable<WorklistChange> changes) =>
        changes.GroupBy(change => change.Ubrn).Select(ofOne => ofOne.MaxBy(Age)!);

    /// <summary>Null when the list has all of it already: the changes are repeats or came late.</summary>
    /// <param name="changes">At most one for each referral.</param>
    public static ListUpdate? From(WorklistHead head, IEnumerable<WorklistChange> changes, IReadOnlyDictionary<Ubrn, AppliedChange> applied)
    {
        var fresh = changes.Select(change => new AppliedUpdate(change, applied.GetValueOrDefault(change.Ubrn))).Where(update => update.IsNewer).ToArray();
        return fresh.Length == 0 ? null : new ListUpdate(new WorklistHead(head.Version + 1, head.Count + fresh.Sum(update => update.Difference)), fresh);
    }

    // Within a version only two things change: what is known of possible duplicates, and the marks of the safety net, which only get more. A mark that was
    // announced on what is known no more is lost, and is announced again by the next sweep.
    internal static (int Version, int Revision, int Marks) Age(WorklistChange change) => (change.Version, change.Revision, change.Entry?.Marks ?? 0);
}

/// <param name="Before">What the list has of the referral; null when it never had it.</param>
internal sealed record AppliedUpdate(WorklistChange Change, AppliedChange? Before)
{
    public bool IsNewer => Before is null || ListUpdate.Age(Change).CompareTo((Before.Version, Before.Revision, Before.Marks)) > 0;

    /// <summary>By how many entries the list grows.</summary>
    public int Difference => (Change.Entry is null ? 0 : 1) - (Before?.EntryKey is null ? 0 : 1);
}

/// <summary>What was last applied for a referral. It stays when the referral has left the list: a change that comes late must find that it is late.</summary>
/// <param name="EntryKey">Null when the referral is not on the list.</param>
internal sealed record AppliedChange(int Version, int Revision, int Marks, string? EntryKey);
