namespace EReferrals.Referrals.Lists;

/// <summary>A worklist with all its entries, in display order. A snapshot is this as JSON.</summary>
/// <param name="AsOf">When it was read from the tables.</param>
public sealed record WholeList(
    string Organisation, Worklist List, long Version, DateTimeOffset AsOf, IReadOnlyList<WorklistEntry> Entries);
