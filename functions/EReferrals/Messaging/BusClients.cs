using Azure.Core;
using Azure.Messaging.ServiceBus;
using Azure.Messaging.ServiceBus.Administration;
using EReferrals.Resilience;
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

    // It only counts messages, for a status that is asked for again. Its callers wait two seconds, and a retry would outlive them.
    private static ServiceBusAdministrationClient Administration(ServiceBusNamespace bus, TokenCredential credential)
    {
        var options = new ServiceBusAdministrationClientOptions { Retry = { MaxRetries = 0, NetworkTimeout = TimeLimit.Value } };
        return bus.AdministrationConnectionString is { } connection
            ? new ServiceBusAdministrationClient(connection, options)
            : new ServiceBusAdministrationClient(bus.FullyQualifiedNamespace!, credential, options);
    }
}
