namespace EReferrals.Audit.Verification;

/// <param name="First">When the first entry was written; null when there is none that can be read.</param>
internal sealed record VerifiedBlob(string Account, string Name, int Entries, DateTimeOffset? First, DateTimeOffset? Last, BlobVerdict Verdict);
