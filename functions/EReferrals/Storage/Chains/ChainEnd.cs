namespace EReferrals.Storage.Chains;

/// <summary>A place in a chain: everything up to and including one sealed group.</summary>
/// <param name="Account">The storage account of the blob: <c>audit</c> or <c>reserve</c>.</param>
/// <param name="Blob">The name of the blob that contains the group.</param>
/// <param name="Group">The number of the group in its chain, from 1.</param>
/// <param name="Hash">The hash of the group: 64 lower-case hexadecimal digits.</param>
/// <param name="Length">The length of the blob in bytes up to the end of the group.</param>
public sealed record ChainEnd(string Account, string Blob, long Group, string Hash, long Length);
