using EReferrals.Audit;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Services;

internal static class DirectoryAudit
{
    /// <param name="before">Null for a new service.</param>
    public static AuditEntry About(this AuditEntry entry, string id, DirectoryEntry? before, Service after) => entry with
    {
        Service = id,
        ServiceBefore = before?.Approved,
        ServiceAfter = ServiceIdentity.Of(after),
    };
}
