using EReferrals.Status.Canary;
using EReferrals.Status.Health;
using EReferrals.Status.Messages;
using EReferrals.Status.Page;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Status;

internal static class StatusRegistration
{
    public static IServiceCollection AddStatus(this IServiceCollection services) => services
        .AddSingleton<Dependencies>()
        .AddSingleton<CanaryWatch>()
        .AddSingleton<MessageBoard>()
        .AddSingleton<Inventory>()
        .AddSingleton<ServiceStatus>()
        .AddSingleton<MonitorResponse>()
        .AddHostedSingleton<StatusRefresh>()
        .AddSingleton<CanaryProbe>()
        .AddSingleton<StatusFiles>();
}
