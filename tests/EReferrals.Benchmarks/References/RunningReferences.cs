namespace EReferrals.Benchmarks.References;

/// <summary>The references of a run, each running.</summary>
internal sealed class RunningReferences : IAsyncDisposable
{
    private RunningReferences(IReadOnlyList<ReferenceProcess> all) => All = all;

    public static bool HasWrk { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "wrk")));

    public IReadOnlyList<ReferenceProcess> All { get; }

    public static async Task<RunningReferences> StartAsync(Bench bench)
    {
        List<string> names = [ReferenceServer.None, ReferenceServer.Log, ReferenceServer.SqliteEach, ReferenceServer.EmulatorQueue];
        if (bench.Options.Full)
        {
            Add(ReferenceServer.Postgres, await Installed.WhyNoPostgresAsync());
            Add(ReferenceServer.Rabbit, await Installed.WhyNoRabbitAsync());
        }

        var all = new List<ReferenceProcess>();
        foreach (var name in names) all.Add(await ReferenceProcess.StartAsync(name));
        return new RunningReferences(all);

        void Add(string name, string? whyNot)
        {
            if (whyNot is null) names.Add(name);
            else bench.Report.Note(whyNot);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var reference in All) await reference.DisposeAsync();
    }
}
