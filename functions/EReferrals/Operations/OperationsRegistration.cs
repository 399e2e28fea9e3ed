using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Operations;

internal static class OperationsRegistration
{
    public static IServiceCollection AddOperations(this IServiceCollection services) => services
        .AddHostedSingleton<ServiceModes>();
}
