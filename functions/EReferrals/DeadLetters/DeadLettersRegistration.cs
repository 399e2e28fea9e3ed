using EReferrals.Confirmations;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.DeadLetters;

internal static class DeadLettersRegistration
{
    public static IServiceCollection AddDeadLetters(this IServiceCollection services) => services
        .AddSingleton<DeadLetterDiscard>()
        .AddSingleton<IConfirmableAction>(provider => provider.GetRequiredService<DeadLetterDiscard>());
}
