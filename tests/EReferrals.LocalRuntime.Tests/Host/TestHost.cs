using System.Text.Json;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EReferrals.LocalRuntime.Tests.Host;

/// <summary>A small application of this assembly, named by its namespace, in a state folder of its own.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private const string HostJson = """
        {
          "version": "2.0",
          "functionTimeout": "00:05:00",
          "extensions": {
            "http": { "routePrefix": "", "customHeaders": { "X-Content-Type-Options": "nosniff" } },
            "serviceBus": { "autoCompleteMessages": false, "maxConcurrentCalls": 8, "maxConcurrentSessions": 4, "maxMessageBatchSize": 10,
              "sessionIdleTimeout": "00:00:01" }
          }
        }
        """;

    private static readonly object Messaging = new
    {
        queues = new object[]
        {
            new { name = "plain", lockDuration = "PT1M", maxDeliveryCount = 3, requiresSession = false, requiresDuplicateDetection = false },
            new { name = "batched", lockDuration = "PT1M", maxDeliveryCount = 3, requiresSession = false, requiresDuplicateDetection = false },
            new { name = "sessions", lockDuration = "PT1M", maxDeliveryCount = 3, requiresSession = true, requiresDuplicateDetection = false },
            new { name = "attachment-scanned", lockDuration = "PT1M", maxDeliveryCount = 3, requiresSession = false, requiresDuplicateDetection = false },
        },
    };

    private readonly bool ownsState;

    private TestHost(IHost host, string state, bool ownsState)
    {
        (Host, State, this.ownsState) = (host, state, ownsState);
        Http = new HttpClient { BaseAddress = Control.HttpAddress };
    }

    public IHost Host { get; }

    public string State { get; }

    public HttpClient Http { get; }

    public LocalRuntimeControl Control => Host.Services.GetRequiredService<LocalRuntimeControl>();

    public static string NewState() => Directory.CreateTempSubdirectory("ereferrals-").FullName;

    public static FunctionsApplicationBuilder Builder(string app, string state, params string[] settings)
    {
        var host = Path.Combine(state, "host.json");
        var messaging = Path.Combine(state, "messaging.json");
        if (!File.Exists(host)) File.WriteAllText(host, HostJson);
        if (!File.Exists(messaging)) File.WriteAllText(messaging, JsonSerializer.Serialize(Messaging));
        return FunctionsApplication.CreateBuilder(
        [
            "--EREFERRALS_PORT=0", $"--EREFERRALS_STATE={state}", $"--Local:HostFile={host}", $"--Local:MessagingFile={messaging}",
            "--Local:FunctionsAssembly=EReferrals.LocalRuntime.Tests", $"--Local:FunctionsNamespace=EReferrals.LocalRuntime.Tests.Host.{app}",
            "--Local:Azurite=false", "--Local:Seed=false", .. settings,
        ]);
    }

    public static Task<TestHost> StartAsync(string app, params string[] settings) => StartAsync(app, _ => { }, settings);

    public static async Task<TestHost> StartAsync(string app, Action<FunctionsApplicationBuilder> configure, params string[] settings)
    {
        var state = NewState();
        return await StartAsync(app, state, configure, ownsState: true, settings);
    }

    public static async Task<TestHost> StartAsync(
        string app, string state, Action<FunctionsApplicationBuilder> configure, bool ownsState, params string[] settings)
    {
        var builder = Builder(app, state, settings);
        configure(builder);
        var host = builder.Build();
        await host.StartAsync();
        return new TestHost(host, state, ownsState);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Host.StopAsync();
        await ((IAsyncDisposable)Host).DisposeAsync();
        if (ownsState) Directory.Delete(State, recursive: true);
    }
}
