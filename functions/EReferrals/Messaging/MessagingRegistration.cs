using EReferrals.Messaging.Monitoring;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Messaging;

internal static class MessagingRegistration
{
    public static IServiceCollection AddMessaging(this IServiceCollection services) => services
        .AddBusClients()
        .AddSingleton<QueueWatch>()
        .AddSingleton<ReferralBus>()
        .AddSingleton<BackOff>()
        .AddSingleton<MessageProcessor>()
        .AddSingleton<QueueSender>()
        .AddSingleton<AuditPending>();
}
