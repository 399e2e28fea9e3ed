namespace EReferrals.Referrals.Organisations;

/// <summary>What a service was in one version, and the change that made it.</summary>
public sealed record ServiceVersion(int Version, DirectoryEntry Entry);
