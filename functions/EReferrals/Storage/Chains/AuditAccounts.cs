namespace EReferrals.Storage.Chains;

/// <summary>The names of the two storage accounts of the audit trail, as they are in its chains and in answers about it.</summary>
public static class AuditAccounts
{
    public const string Audit = "audit";
    public const string Reserve = "reserve";
}
