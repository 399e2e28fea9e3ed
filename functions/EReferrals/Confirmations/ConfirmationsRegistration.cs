using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Confirmations;

internal static class ConfirmationsRegistration
{
    public static IServiceCollection AddConfirmations(this IServiceCollection services) => services
        .AddSingleton<ConfirmationBoard>()
        .AddSingleton<SecondOperator>();
}
