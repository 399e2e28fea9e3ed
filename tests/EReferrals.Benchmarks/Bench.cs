using EReferrals.Benchmarks.Load;
using EReferrals.Benchmarks.Reports;

namespace EReferrals.Benchmarks;

/// <summary>What every scenario works with.</summary>
internal sealed class Bench(Options options, GeneratorProcess generator, Report report) : IAsyncDisposable
{
    private MeasuredApp? _shared;

    public Options Options => options;

    public Report Report => report;

    /// <summary>The most that the generator used.</summary>
    public double GeneratorCores { get; private set; }

    /// <summary>One running app for the scenarios that leave no backlog behind.</summary>
    public async Task<MeasuredApp> SharedAppAsync()
    {
        if (_shared is not null) return _shared;
        _shared = await MeasuredApp.StartAsync();
        await WarmUpAsync(_shared);
        return _shared;
    }

    /// <summary>An app of its own for a scenario that disturbs it. The shared one ends first, to have the machine alone.</summary>
    public async Task<MeasuredApp> OwnAppAsync(params string[] paused)
    {
        await EndSharedAppAsync();
        return await MeasuredApp.StartAsync(paused);
    }

    public async Task<LoadResult> RunAsync(LoadPlan plan)
    {
        var result = await generator.RunAsync(plan);
        GeneratorCores = Math.Max(GeneratorCores, result.GeneratorCores);
        return result;
    }

    public Task<LoadResult> RunAsync(Uri address, double seconds, params Flow[] flows) =>
        RunAsync(new LoadPlan { Address = address, Seconds = seconds, Flows = flows });

    /// <summary>The first requests pay for compilation.</summary>
    public async Task WarmUpAsync(MeasuredApp app)
    {
        await RunAsync(app.Address, 2, (await Flows.SubmitAsync(app)) with { Connections = 16, AtMost = 1_000 });
        await Drain.WaitAsync(app);
    }

    public async Task EndSharedAppAsync()
    {
        if (_shared is not null) await _shared.DisposeAsync();
        _shared = null;
    }

    public async ValueTask DisposeAsync() => await EndSharedAppAsync();
}
