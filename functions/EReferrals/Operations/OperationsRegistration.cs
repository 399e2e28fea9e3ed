using EReferrals.Confirmations;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Operations;

internal static class OperationsRegistration
{
    public static IServiceCollection AddOperations(this IServiceCollection services) => services
        .AddHostedSingleton<ServiceModes>()
        .AddSingleton<ModeSwitch>()
        .AddSingleton<IConfirmableAction>(provider => provider.GetRequiredService<ModeSwitch>());
}
