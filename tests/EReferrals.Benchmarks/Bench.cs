using EReferrals.Benchmarks.Load;
using EReferrals.Benchmarks.Reports;

namespace EReferrals.Benchmarks;

/// <summary>Shared state of the scenarios: the options, the report and the running app.</summary>
internal sealed class Bench(Options options, GeneratorProcess generator, Report report) : IAsyncDisposable
{
    private MeasuredApp? _app;

    public Options Options => options;

    public Report Report => report;

    /// <summary>The highest processor use of the load generator, in cores.</summary>
    public double GeneratorCores { get; private set; }

    /// <summary>
    /// Returns the app of an earlier scenario that left no backlog, or a new one. Starting an app takes longer than many measurements. A full run always
    /// starts a new app, because it has the time and its long lists would affect later measurements.
    /// </summary>
    public async Task<MeasuredApp> AppAsync() => options.Full || _app is null ? await NewAppAsync() : _app;

    /// <summary>Starts a new app, warms it up and returns it when nothing else uses the machine.</summary>
    public async Task<MeasuredApp> NewAppAsync()
    {
        var app = await ColdAppAsync();
        // The first requests are slower, because their code is compiled.
        await LoadAsync(app.Address, 1.5, (await Flows.SubmitAsync(app)) with { Connections = 16, AtMost = 1_000 });
        await Drain.QuietAsync(app);
        return app;
    }

    /// <inheritdoc cref="MeasuredApp.StartAsync"/>
    public async Task<MeasuredApp> ColdAppAsync(params string[] paused)
    {
        await EndAppAsync();
        return _app = await MeasuredApp.StartAsync(paused);
    }

    /// <summary>Ends the app after a scenario that leaves a backlog. The next scenario starts another.</summary>
    public async Task EndAppAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        _app = null;
    }

    public async Task<LoadResult> LoadAsync(LoadPlan plan)
    {
        Progress.Now(
            $"{(plan.Flows.Count > 3 ? $"{plan.Flows.Count} flows" : string.Join(", ", plan.Flows.Select(flow => flow.Name)))}, at most {plan.Seconds:0.#} s");
        var result = await generator.LoadAsync(plan);
        GeneratorCores = Math.Max(GeneratorCores, result.GeneratorCores);
        return result;
    }

    public Task<LoadResult> LoadAsync(Uri address, double seconds, params Flow[] flows) =>
        LoadAsync(new LoadPlan { Address = address, Seconds = seconds, Flows = flows });

    public async ValueTask DisposeAsync() => await EndAppAsync();
}
