using System.Collections.Concurrent;
using EReferrals.Local.Azurite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EReferrals.Tests.Journeys;

/// <summary>One running app for journeys that stop or break one of its dependencies.</summary>
public sealed class StoppableApp : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<string> _log = [];

    public RunningApp App { get; private set; } = null!;

    public HttpClient NotFollowing { get; private set; } = null!;

    /// <summary>Everything that was logged, with full exceptions.</summary>
    public IReadOnlyCollection<string> Log => _log;

    public async Task InitializeAsync()
    {
        App = await RunningApp.StartAsync(builder => builder.Services.AddSingleton<ILoggerProvider>(new CapturedLog(_log)));
        NotFollowing = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = App.Http.BaseAddress };
    }

    public async Task DisposeAsync()
    {
        NotFollowing.Dispose();
        await App.DisposeAsync();
    }

    /// <summary>Stops the records account until the returned object is disposed.</summary>
    public Task<IAsyncDisposable> WithoutRecordsAsync() => WithoutAsync(App.Local.Azurite!.Records);

    public Task<IAsyncDisposable> WithoutContingencyAsync() => WithoutAsync(App.Local.Azurite!.Contingency);

    public Task SettleAsync() => App.SettleAsync();

    /// <summary>Repeats a request until its response meets the condition.</summary>
    public static async Task<HttpResponseMessage> WhenAsync(Func<Task<HttpResponseMessage>> ask, Func<HttpResponseMessage, bool> isSo)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            var response = await ask();
            if (isSo(response)) return response;
            response.Dispose();
            await Task.Delay(50, limit.Token);
        }
    }

    private static async Task<IAsyncDisposable> WithoutAsync(AzuriteEmulator emulator)
    {
        await emulator.StopAsync();
        return new StoppedEmulator(emulator);
    }

    private sealed class StoppedEmulator(AzuriteEmulator emulator) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await emulator.StartAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class UsesStoppableApp : ICollectionFixture<StoppableApp>
{
    public const string Name = "stoppable app";
}
