namespace EReferrals.Tests.Worklists;

/// <summary>Several instances of the app that share the storage accounts and queues of the first.</summary>
internal sealed class AppsOnOneStore : IAsyncDisposable
{
    private AppsOnOneStore(IReadOnlyList<RunningApp> all) => All = all;

    public IReadOnlyList<RunningApp> All { get; }

    public RunningApp First => All[0];

    public static async Task<AppsOnOneStore> StartAsync(int count)
    {
        var first = await RunningApp.StartAsync();
        string[] settings =
        [
            $"--Records:ConnectionString={first.Local.Azurite!.Records.ConnectionString}",
            $"--Contingency:ConnectionString={first.Local.Azurite.Contingency.ConnectionString}",
            $"--ServiceBusConnection={first.Local.ServiceBusConnection}",
            "--Local:Seed=false",
            "--Local:Scanner=false",
            "--Local:Timers=false",
        ];
        var others = await Task.WhenAll(Enumerable.Range(1, count - 1).Select(_ => RunningApp.StartAsync(configure: null, state: null, settings)));
        return new AppsOnOneStore([first, .. others]);
    }

    public Task PauseAsync() => Task.WhenAll(All.Select(app => app.Local.PauseTriggersAsync()));

    public void Resume()
    {
        foreach (var app in All) app.Local.ResumeTriggers();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in All.Reverse()) await app.DisposeAsync();
    }
}
