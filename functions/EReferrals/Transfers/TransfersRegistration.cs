using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Transfers;

internal static class TransfersRegistration
{
    public static IServiceCollection AddTransfers(this IServiceCollection services) => services
        .AddSingleton<TransferRun>()
        .AddSingleton<TransferOrders>();
}
