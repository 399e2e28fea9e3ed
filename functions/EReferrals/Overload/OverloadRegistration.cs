using EReferrals.Messaging;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Overload;

internal static class OverloadRegistration
{
    public static IServiceCollection AddOverload(this IServiceCollection services) => services
        .AddHostedSingleton<Workload>()
        .AddHostedSingleton<Instances>()
        .AddSingleton<LargeAnswers>()
        .AddSingleton<IProcessingThrottle, ProcessingThrottle>()
        .AddSingleton<RateLimits>();
}
