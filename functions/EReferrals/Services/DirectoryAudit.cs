using EReferrals.Audit;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Services;

internal static class DirectoryAudit
{
    public static AuditEntry About(this AuditEntry entry, string id, DirectoryEntry before, DirectoryEntry decided) =>
        entry.About(id, before, decided.Defined) with
        {
            ServiceAfter = decided.Status == ApprovalStatus.Withdrawn ? null : ServiceIdentity.Of(decided.Defined),
        };

    /// <param name="before">Null for a new service.</param>
    public static AuditEntry About(this AuditEntry entry, string id, DirectoryEntry? before, Service after) => entry with
    {
        Service = id,
        ServiceBefore = before?.Approved,
        ServiceAfter = ServiceIdentity.Of(after),
    };
}
