using EReferrals.Services.Approval;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Services;

internal static class ServiceDirectoryRegistration
{
    public static IServiceCollection AddServiceDirectory(this IServiceCollection services) => services
        .AddSingleton<ServiceDirectory>()
        .AddSingleton<ServiceDecision>()
        .AddSingleton<SuccessionRegister>();
}
