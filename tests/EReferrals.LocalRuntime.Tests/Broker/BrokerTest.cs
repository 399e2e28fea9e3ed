using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.LocalRuntime.Tests.Broker;

/// <summary>A fresh broker for each test.</summary>
public abstract class BrokerTest : IAsyncLifetime
{
    protected static readonly TimeSpan LockDuration = TimeSpan.FromMinutes(1);

    protected ABroker A { get; private set; } = null!;

    protected ServiceBusClient Client => A.Client;

    protected FakeTimeProvider Clock => A.Clock;

    public async Task InitializeAsync() => A = await ABroker.StartAsync();

    public async Task DisposeAsync() => await A.DisposeAsync();
}
