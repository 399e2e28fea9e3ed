using EReferrals.Local;

namespace EReferrals.Tests.Processes;

/// <summary>The local platform with the worker of <see cref="MortalApp"/>.</summary>
internal sealed class MortalPlatform : IAsyncDisposable
{
    private readonly LocalPlatform _platform;
    private readonly int? _firstWorker;

    private MortalPlatform(LocalPlatform platform)
    {
        (_platform, _firstWorker) = (platform, platform.Host.WorkerProcessId);
        Client = new AppClient(platform.HttpAddress);
    }

    public AppClient Client { get; }

    public static async Task<MortalPlatform> StartAsync(string state, FatalStep step)
    {
        var platform = await LocalPlatform.StartAsync(new LocalPlatformOptions
        {
            StateFolder = state,
            ApplicationDirectory = AppContext.BaseDirectory,
            WorkerAssembly = Path.GetFileName(typeof(MortalApp).Assembly.Location),
            Port = 0,
            Settings = new Dictionary<string, string> { [MortalApp.StepVariable] = step.ToString(), ["Canary__Enabled"] = "false" },
        });
        await platform.ReadyAsync();
        return new MortalPlatform(platform);
    }

    /// <summary>Completes when the first worker has ended.</summary>
    public Task DeathAsync() => Eventually.TrueAsync(() => Task.FromResult(_platform.Host.WorkerProcessId != _firstWorker));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _platform.DisposeAsync();
    }
}
