namespace EReferrals.Storage.Chains;

/// <summary>A line about a blob that another process wrote. A group that names other processes' blobs has one for each of them.</summary>
internal sealed record ListedLine(ListedLine.Blob Listed)
{
    /// <param name="Account">One of <see cref="AuditAccounts"/>.</param>
    /// <param name="Name"><c>yyyy/MM/dd/HH/...</c>.</param>
    /// <param name="Length">The length in bytes that the blob had at least.</param>
    internal sealed record Blob(string Account, string Name, long Length);
}
