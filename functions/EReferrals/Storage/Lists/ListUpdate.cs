using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Lists;

/// <summary>
/// What a transaction changes in a worklist. It depends on the head and on the changes that were last applied, and is valid only while the head is
/// unchanged. A caller must therefore read the head first, and the applied changes second.
/// </summary>
internal sealed record ListUpdate(WorklistHead Head, IReadOnlyList<AppliedUpdate> Updates)
{
    /// <summary>The newest change for each referral.</summary>
    public static IEnumerable<WorklistChange> Newest(IEnumerable<WorklistChange> changes) =>
        changes.GroupBy(change => change.Ubrn).Select(ofOne => ofOne.MaxBy(Age)!);

    /// <summary>Null when the list already has all changes: they are repeats or late.</summary>
    /// <param name="changes">At most one change for each referral.</param>
    public static ListUpdate? From(WorklistHead head, IEnumerable<WorklistChange> changes, IReadOnlyDictionary<Ubrn, AppliedChange> applied)
    {
        var fresh = changes.Select(change => new AppliedUpdate(change, applied.GetValueOrDefault(change.Ubrn))).Where(update => update.IsNewer).ToArray();
        return fresh.Length == 0 ? null : new ListUpdate(new WorklistHead(head.Version + 1, head.Count + fresh.Sum(update => update.Difference)), fresh);
    }

    // Within a version only two things change: the possible duplicates (the revision) and the overdue marks, whose number only grows. A mark that was
    // announced for an older revision is lost, and the next sweep announces it again.
    internal static (int Version, int Revision, int Marks) Age(WorklistChange change) => (change.Version, change.Revision, change.Entry?.Marks ?? 0);
}

/// <param name="Before">The change that was last applied for the referral; null when there was none.</param>
internal sealed record AppliedUpdate(WorklistChange Change, AppliedChange? Before)
{
    public bool IsNewer => Before is null || ListUpdate.Age(Change).CompareTo((Before.Version, Before.Revision, Before.Marks)) > 0;

    /// <summary>The change in the number of entries: 1, 0 or -1.</summary>
    public int Difference => (Change.Entry is null ? 0 : 1) - (Before?.EntryKey is null ? 0 : 1);
}

/// <summary>The change that was last applied for a referral. It stays when the referral leaves the list, so that a late change is recognised.</summary>
/// <param name="EntryKey">Null when the referral is not on the list.</param>
internal sealed record AppliedChange(int Version, int Revision, int Marks, string? EntryKey);
