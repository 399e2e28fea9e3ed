namespace EReferrals.Benchmarks.References;

/// <summary>The running reference servers of a run.</summary>
internal sealed class RunningReferences : IAsyncDisposable
{
    private readonly List<ReferenceProcess> _all = [];
    private readonly List<PeerServer> _servers = [];

    public static bool HasWrk { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "wrk")));

    public IReadOnlyList<ReferenceProcess> All => _all;

    public static async Task<RunningReferences> StartAsync(Bench bench)
    {
        Progress.Now("starting the reference servers");
        var references = new RunningReferences();
        string[] withoutServer = [ReferenceServer.None, ReferenceServer.Log, ReferenceServer.SqliteEach, ReferenceServer.EmulatorQueue];
        references._all.AddRange(await Task.WhenAll(withoutServer.Select(name => ReferenceProcess.StartAsync(name))));
        if (!bench.Options.Full) return references;
        await references.AddPeerAsync(bench, ReferenceServer.Postgres, PostgresServer.StartAsync);
        await references.AddPeerAsync(bench, ReferenceServer.Rabbit, RabbitServer.StartAsync);
        return references;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var reference in _all) await reference.DisposeAsync();
        foreach (var server in _servers) await server.DisposeAsync();
    }

    private async Task AddPeerAsync(Bench bench, string name, Func<Task<PeerServer>> start)
    {
        Progress.Now($"starting {name}");
        try
        {
            var server = await start();
            _servers.Add(server);
            _all.Add(await ReferenceProcess.StartAsync(name, server.Connection));
        }
        catch (PeerMissingException ex)
        {
            bench.Report.Note($"{name} is skipped: {ex.Message}");
        }
    }
}
