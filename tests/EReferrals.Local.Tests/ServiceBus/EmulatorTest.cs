using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Local.Tests.ServiceBus;

/// <summary>Starts a fresh emulator for each test.</summary>
public abstract class EmulatorTest : IAsyncLifetime
{
    protected static readonly TimeSpan LockDuration = TimeSpan.FromMinutes(1);

    protected TestEmulator Emulator { get; private set; } = null!;

    protected ServiceBusClient Client => Emulator.Client;

    protected FakeTimeProvider Clock => Emulator.Clock;

    public async Task InitializeAsync() => Emulator = await TestEmulator.StartAsync();

    public async Task DisposeAsync() => await Emulator.DisposeAsync();
}
