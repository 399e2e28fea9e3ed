namespace EReferrals.Worklists;

/// <summary>The head of a worklist, and when it was read.</summary>
public sealed record KnownHead(long Version, int Count, DateTimeOffset AsOf);
