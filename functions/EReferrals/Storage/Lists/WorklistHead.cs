namespace EReferrals.Storage.Lists;

/// <param name="Version">0 for a list that has never had an entry; every applied batch adds 1.</param>
/// <param name="Count">The number of entries.</param>
public sealed record WorklistHead(long Version, int Count)
{
    public static WorklistHead Empty { get; } = new(0, 0);
}
