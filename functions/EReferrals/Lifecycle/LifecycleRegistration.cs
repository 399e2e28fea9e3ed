using EReferrals.Lifecycle.Commands;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Lifecycle;

internal static class LifecycleRegistration
{
    public static IServiceCollection AddLifecycle(this IServiceCollection services) => services
        .AddSingleton<DuplicateCheck>()
        .AddSingleton<ChangeReferral>()
        .AddSingleton<ReferralHandover>()
        .AddSingleton<CreateReferral>()
        .AddSingleton<NamedAttachments>()
        .AddSingleton<CommandEndpoint>()
        .AddSingleton<FirstViews>()
        .AddSingleton<ReferralViews>()
        .AddSingleton<LetterCheck>();
}
