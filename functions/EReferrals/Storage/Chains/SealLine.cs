namespace EReferrals.Storage.Chains;

/// <summary>The last line of each group.</summary>
internal sealed record SealLine(SealLine.Ending Seal)
{
    /// <param name="Entries">The number of lines of the group, without those of the chain.</param>
    /// <param name="Others">The ends of the process's other chains that have grown since this chain named them last; null when none has.</param>
    /// <param name="Hash">Null only before the hash is computed.</param>
    internal sealed record Ending(long Group, int Entries, IReadOnlyList<ChainEnd>? Others, string? Hash);
}
