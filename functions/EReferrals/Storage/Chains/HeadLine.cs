namespace EReferrals.Storage.Chains;

/// <summary>The first line of a blob.</summary>
internal sealed record HeadLine(HeadLine.Head Chain)
{
    /// <param name="After">The end of the blob that the same process wrote before; null for the first blob of a chain.</param>
    internal sealed record Head(string Account, string Blob, ChainEnd? After);
}
