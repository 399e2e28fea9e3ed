using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Reconciliation;

internal static class ReconciliationRegistration
{
    public static IServiceCollection AddReconciliation(this IServiceCollection services) => services
        .AddSingleton<Reconciler>()
        .AddSingleton<LastReconciliation>();
}
