namespace EReferrals.Storage.Chains;

/// <summary>A blob of the audit trail.</summary>
/// <param name="Account">One of <see cref="AuditAccounts"/>.</param>
/// <param name="Name"><c>yyyy/MM/dd/HH/...</c>.</param>
public sealed record AuditBlob(string Account, string Name);
