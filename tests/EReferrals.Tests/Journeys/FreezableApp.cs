using EReferrals.Local.Azurite;

namespace EReferrals.Tests.Journeys;

/// <summary>One running app whose stores and bus can be frozen: they keep their connections and do not respond.</summary>
#pragma warning disable CA1001 // xunit calls IAsyncLifetime.DisposeAsync
public sealed class FreezableApp : IAsyncLifetime
#pragma warning restore CA1001
{
    public RunningApp App { get; private set; } = null!;

    /// <summary>The bus as the app reaches it.</summary>
    internal FreezableBus Bus { get; } = new();

    // The triggers of the host connect to the bus directly and not through the proxy.
    public async Task InitializeAsync() => App = await RunningApp.StartAsync(builder => InProcessWorker.WhenConfigured(builder, configuration =>
    {
        var parts = configuration["ServiceBusConnection"]!.Split(';');
        var target = new Uri(parts[0]["Endpoint=".Length..]).Port;
        Bus.Start(target);
        parts[0] = $"Endpoint=sb://127.0.0.1:{Bus.Port}";
        configuration["ServiceBusConnection"] = string.Join(';', parts);
    }));

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        await Bus.DisposeAsync();
    }

    public Task<IAsyncDisposable> WithRecordsAsync() => FreezeAsync(App.Local.Azurite!.Records);

    public Task<IAsyncDisposable> WithContingencyAsync() => FreezeAsync(App.Local.Azurite!.Contingency);

    public Task<IAsyncDisposable> WithBusAsync()
    {
        Bus.Freeze();
        return Task.FromResult<IAsyncDisposable>(new Frozen(() =>
        {
            Bus.Thaw();
            return Task.CompletedTask;
        }));
    }

    private static async Task<IAsyncDisposable> FreezeAsync(AzuriteEmulator emulator)
    {
        await emulator.FreezeAsync();
        return new Frozen(emulator.ThawAsync);
    }

    private sealed class Frozen(Func<Task> thaw) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await thaw();
    }
}
