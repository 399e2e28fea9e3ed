namespace EReferrals.Referrals.Lists;

/// <summary>A worklist with all its entries, in display order. A snapshot is this record as JSON.</summary>
/// <param name="AsOf">When the worklist was read from the tables.</param>
public sealed record WholeList(
    string Organisation, Worklist List, long Version, DateTimeOffset AsOf, IReadOnlyList<WorklistEntry> Entries);
