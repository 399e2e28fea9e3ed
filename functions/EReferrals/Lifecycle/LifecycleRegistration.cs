using EReferrals.Lifecycle.Commands;
using EReferrals.Lifecycle.Reading;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Lifecycle;

internal static class LifecycleRegistration
{
    public static IServiceCollection AddLifecycle(this IServiceCollection services) => services
        .AddSingleton<MissingReferrals>()
        .AddSingleton<DuplicateCheck>()
        .AddSingleton<ChangeReferral>()
        .AddSingleton<ReferralHandover>()
        .AddSingleton<ReferralAccess>()
        .AddSingleton<CreateReferral>()
        .AddSingleton<NamedAttachments>()
        .AddSingleton<CommandEndpoint>()
        .AddSingleton<FirstViews>()
        .AddSingleton<ReferralViews>()
        .AddSingleton<LetterCheck>();
}
