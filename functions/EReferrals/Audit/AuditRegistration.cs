using EReferrals.Audit.Contents;
using EReferrals.Audit.Search;
using EReferrals.Audit.Verification;
using EReferrals.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Audit;

internal static class AuditRegistration
{
    public static IServiceCollection AddAudit(this IServiceCollection services) => services
        .AddSingleton<AuditTrail>()
        .AddSingleton<AuditVerifier>()
        .AddSingleton<DigestKeys>()
        .AddSingleton<ListAudit>()
        .AddSingleton<AuditBytes>()
        .AddSingleton<AuditSearch>()
        .AddSingleton<LinkSearch>();
}
