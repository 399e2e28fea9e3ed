using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using EReferrals.Local.Azurite;
using EReferrals.Status.Health;
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

    /// <summary>Stops the records account until the returned object is disposed, which waits until the status no longer shows the outage.</summary>
    public Task<IAsyncDisposable> WithoutRecordsAsync() =>
        WithoutAsync(App.Local.Azurite!.Records, ComponentStatus.Tables, ComponentStatus.RecordsBlobs);

    public Task<IAsyncDisposable> WithoutContingencyAsync() => WithoutAsync(App.Local.Azurite!.Contingency, ComponentStatus.ContingencyBlobs);

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

    /// <summary>The components that a response of <c>/health/ready</c> or <c>/v1/status</c> names as failing.</summary>
    public static IReadOnlyList<string> Failing(JsonObject report) =>
    [
        .. report["components"]!.AsArray()
            .Where(component => (string)component!["state"]! != "ok").Select(component => (string)component!["name"]!),
    ];

    private async Task<IAsyncDisposable> WithoutAsync(AzuriteEmulator emulator, params string[] components)
    {
        await emulator.StopAsync();
        return new StoppedEmulator(emulator, () => Task.WhenAll(ForgottenAsync("/health/ready", components), ForgottenAsync("/v1/status", components)));
    }

    // The app shows an outage for up to two seconds after its end. The next test would take it for its own.
    private async Task ForgottenAsync(string path, string[] components)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            using var response = await App.Http.GetAsync(new Uri(path, UriKind.Relative), limit.Token);
            if (!Failing(await response.JsonAsync()).Intersect(components).Any()) return;
            await Task.Delay(50, limit.Token);
        }
    }

    private sealed class StoppedEmulator(AzuriteEmulator emulator, Func<Task> forgottenAsync) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await emulator.StartAsync();
            await forgottenAsync();
        }
    }
}

[CollectionDefinition(Name)]
public sealed class UsesStoppableApp : ICollectionFixture<StoppableApp>
{
    public const string Name = "stoppable app";
}
