using System.ComponentModel;
using System.Diagnostics;

namespace EReferrals.Benchmarks.References;

/// <summary>A server from a Debian package that runs for this benchmark in a temporary folder.</summary>
internal sealed class PeerServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private string _lastLine = "none";

    private PeerServer(Process process, DirectoryInfo folder) => (_process, Folder) = (process, folder);

    public DirectoryInfo Folder { get; }

    /// <summary>Connection details for the reference.</summary>
    public required string Connection { get; init; }

    /// <summary>Cleanup after the server has ended.</summary>
    public Func<Task> After { get; init; } = () => Task.CompletedTask;

    /// <param name="answers">Returns whether the server can be used.</param>
    /// <exception cref="PeerMissingException"/>
    public static async Task<PeerServer> StartAsync(
        DirectoryInfo folder, string connection, ProcessStartInfo start, Func<Task<bool>> answers, Func<Task>? after = null)
    {
        var server = new PeerServer(Begin(start), folder) { Connection = connection, After = after ?? (() => Task.CompletedTask) };
        server._process.OutputDataReceived += (_, line) => server.Note(line.Data);
        server._process.ErrorDataReceived += (_, line) => server.Note(line.Data);
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        var clock = Stopwatch.StartNew();
        while (!await answers())
        {
            if (server._process.HasExited || clock.Elapsed > StartLimit)
            {
                await server.DisposeAsync();
                throw new PeerMissingException($"it did not start. Its last output: {server._lastLine}");
            }

            await Task.Delay(200);
        }

        return server;
    }

    /// <summary>Runs a program that ends by itself.</summary>
    /// <exception cref="PeerMissingException"/>
    public static async Task ExecuteAsync(ProcessStartInfo start)
    {
        using var process = Begin(start);
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new PeerMissingException((await errors).Trim());
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await ExecuteAsync(new ProcessStartInfo("kill", ["-TERM", $"{_process.Id}"]));
        await _process.WaitForExitAsync();
        _process.Dispose();
        await After();
        Folder.Delete(recursive: true);
    }

    private static Process Begin(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception ex)
        {
            throw new PeerMissingException(ex.Message);
        }
    }

    private void Note(string? line)
    {
        if (!string.IsNullOrWhiteSpace(line)) _lastLine = line.Trim();
    }
}

/// <summary>A peer of the full benchmark is not installed or cannot be started. The message says why.</summary>
internal sealed class PeerMissingException(string message) : Exception(message);
