using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Intake;

internal static class IntakeRegistration
{
    public static IServiceCollection AddIntake(this IServiceCollection services) => services
        .AddHostedSingleton<UbrnAllocator>()
        .AddHostedSingleton<ReferralLedger>()
        .AddSingleton<ReferenceCheck>()
        .AddSingleton<SenderKeys>()
        // The canary calls this function as the host does.
        .AddSingleton<SubmitReferralFunction>();
}
