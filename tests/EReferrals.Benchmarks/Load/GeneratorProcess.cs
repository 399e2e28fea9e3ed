using System.Diagnostics;
using System.Text.Json;

namespace EReferrals.Benchmarks.Load;

/// <summary>
/// Runs this program a second time as the load generator, so that its garbage collections and stalls do not affect the suite and its processor time can be
/// measured.
/// </summary>
internal sealed class GeneratorProcess : IAsyncDisposable
{
    private readonly Process _process;

    private GeneratorProcess(Process process) => _process = process;

    public static GeneratorProcess Start() => new(OwnProgram.Start(["--generator"], input: true));

    public async Task<LoadResult> LoadAsync(LoadPlan plan)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(plan));
        await _process.StandardInput.FlushAsync();
        var line = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The load generator ended without a result.");
        return JsonSerializer.Deserialize<LoadResult>(line)!;
    }

    public Task<LoadResult> LoadAsync(Uri address, double seconds, params Flow[] flows) =>
        LoadAsync(new LoadPlan { Address = address, Seconds = seconds, Flows = flows });

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
