namespace EReferrals.Audit.Verification;

internal sealed record NamedBlob(string Account, string Name);
