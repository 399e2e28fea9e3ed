using System.Diagnostics;

namespace EReferrals.Benchmarks.References;

/// <summary>A <see cref="ReferenceServer"/> in its own process.</summary>
internal sealed class ReferenceProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ReferenceProcess(string name, Process process, Uri address, string commit) => (Name, _process, Address, Commit) = (name, process, address, commit);

    public string Name { get; }

    public Uri Address { get; }

    public string Commit { get; }

    public static async Task<ReferenceProcess> StartAsync(string name, string connection = "")
    {
        var process = OwnProgram.Start(["--reference", name, connection], input: true);
        var address = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The reference '{name}' did not start.");
        var commit = await process.StandardOutput.ReadLineAsync();
        return new ReferenceProcess(name, process, new Uri(address), commit!);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
