using EReferrals.Local;

namespace EReferrals.Tests.Processes;

/// <summary>The local platform with the worker of <see cref="SelfKillingWorker"/>.</summary>
internal sealed class SelfKillingPlatform : IAsyncDisposable
{
    private readonly LocalPlatform _platform;
    private readonly int? _firstWorker;

    private SelfKillingPlatform(LocalPlatform platform)
    {
        (_platform, _firstWorker) = (platform, platform.Host.WorkerProcessId);
        Client = new AppClient(platform.HttpAddress);
    }

    public AppClient Client { get; }

    public static async Task<SelfKillingPlatform> StartAsync(string state, KillStep step)
    {
        var platform = await LocalPlatform.StartAsync(new LocalPlatformOptions
        {
            StateFolder = state,
            ApplicationDirectory = AppContext.BaseDirectory,
            WorkerAssembly = Path.GetFileName(typeof(SelfKillingWorker).Assembly.Location),
            Port = 0,
            Settings = new Dictionary<string, string> { [SelfKillingWorker.StepVariable] = step.ToString(), ["Canary__Enabled"] = "false" },
        });
        await platform.ReadyAsync();
        return new SelfKillingPlatform(platform);
    }

    /// <summary>Completes when the first worker has ended.</summary>
    public Task WorkerEndedAsync() => Eventually.TrueAsync(() => Task.FromResult(_platform.Host.WorkerProcessId != _firstWorker));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _platform.DisposeAsync();
    }
}
