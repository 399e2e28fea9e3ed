using EReferrals.Benchmarks.Load;
using EReferrals.Benchmarks.Reports;

namespace EReferrals.Benchmarks;

/// <summary>What every scenario works with.</summary>
internal sealed class Bench(Options options, GeneratorProcess generator, Report report) : IAsyncDisposable
{
    private MeasuredApp? _app;

    public Options Options => options;

    public Report Report => report;

    /// <summary>The most that the generator used.</summary>
    public double GeneratorCores { get; private set; }

    /// <summary>
    /// The app that an earlier scenario left without a backlog, else a new one. Starting takes longer than many a measurement; a full run has the
    /// time, and would leave lists behind that are long enough to be felt.
    /// </summary>
    public async Task<MeasuredApp> AppAsync() => options.Full || _app is null ? await NewAppAsync() : _app;

    /// <summary>A new app, warmed up, with the machine for itself.</summary>
    public async Task<MeasuredApp> NewAppAsync()
    {
        var app = await ColdAppAsync();
        // The first requests pay for compilation.
        await RunAsync(app.Address, 1.5, (await Flows.SubmitAsync(app)) with { Connections = 16, AtMost = 1_000 });
        await Drain.QuietAsync(app);
        return app;
    }

    /// <inheritdoc cref="MeasuredApp.StartAsync"/>
    public async Task<MeasuredApp> ColdAppAsync(params string[] paused)
    {
        await EndAppAsync();
        return _app = await MeasuredApp.StartAsync(paused);
    }

    /// <summary>For a scenario that leaves a backlog behind: the next one gets another app.</summary>
    public async Task EndAppAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        _app = null;
    }

    public async Task<LoadResult> RunAsync(LoadPlan plan)
    {
        Progress.Now($"{(plan.Flows.Count > 3 ? $"{plan.Flows.Count} flows" : string.Join(", ", plan.Flows.Select(flow => flow.Name)))}, at most {plan.Seconds:0.#} s");
        var result = await generator.RunAsync(plan);
        GeneratorCores = Math.Max(GeneratorCores, result.GeneratorCores);
        return result;
    }

    public Task<LoadResult> RunAsync(Uri address, double seconds, params Flow[] flows) =>
        RunAsync(new LoadPlan { Address = address, Seconds = seconds, Flows = flows });

    public async ValueTask DisposeAsync() => await EndAppAsync();
}
