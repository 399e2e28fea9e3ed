using Azure.Core;
using Azure.Messaging.ServiceBus;
using Azure.Messaging.ServiceBus.Administration;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Messaging;

/// <summary>One <see cref="ServiceBusClient"/> for all senders. <see cref="BoundedSend"/> limits how long a send may take.</summary>
public static class BusClients
{
    public static IServiceCollection AddBusClients(this IServiceCollection services) => services
        .AddSingleton(provider => Client(provider.GetRequiredService<Settings>().ServiceBus, provider.GetRequiredService<TokenCredential>()))
        .AddSingleton(provider => Administration(provider.GetRequiredService<Settings>().ServiceBus, provider.GetRequiredService<TokenCredential>()));

    private static ServiceBusClient Client(ServiceBusNamespace bus, TokenCredential credential)
    {
        var options = new ServiceBusClientOptions();
        options.RetryOptions.CustomRetryPolicy = new BusRetries();
        return bus.ConnectionString is { } connection
            ? new ServiceBusClient(connection, options)
            : new ServiceBusClient(bus.FullyQualifiedNamespace!, credential, options);
    }

    private static ServiceBusAdministrationClient Administration(ServiceBusNamespace bus, TokenCredential credential) =>
        bus.AdministrationConnectionString is { } connection
            ? new ServiceBusAdministrationClient(connection)
            : new ServiceBusAdministrationClient(bus.FullyQualifiedNamespace!, credential);
}
