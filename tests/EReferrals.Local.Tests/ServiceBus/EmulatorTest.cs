using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Local.Tests.ServiceBus;

/// <summary>Starts a fresh emulator for each test.</summary>
public abstract class EmulatorTest : IAsyncLifetime
{
    protected static readonly TimeSpan LockDuration = TimeSpan.FromMinutes(1);

    protected AnEmulator A { get; private set; } = null!;

    protected ServiceBusClient Client => A.Client;

    protected FakeTimeProvider Clock => A.Clock;

    public async Task InitializeAsync() => A = await AnEmulator.StartAsync();

    public async Task DisposeAsync() => await A.DisposeAsync();
}
