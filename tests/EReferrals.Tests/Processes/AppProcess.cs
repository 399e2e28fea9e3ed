using System.Diagnostics;
using System.Text;

namespace EReferrals.Tests.Processes;

/// <summary>The local platform in its own process, as a developer starts it. Tests can interrupt and kill it.</summary>
internal sealed class AppProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "EReferrals.Local.dll");

    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private AppProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => SeeOutput(line.Data);
        process.ErrorDataReceived += (_, line) => SeeError(line.Data);
        process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException("The app ended before it was ready."));
        process.EnableRaisingEvents = true;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public AppClient Client { get; private set; } = null!;

    /// <summary>Whether it has said so.</summary>
    public bool IsReady => _ready.Task.IsCompletedSuccessfully;

    /// <summary>The standard error output.</summary>
    public string Errors
    {
        get
        {
            lock (_errors) return _errors.ToString();
        }
    }

    /// <summary>Starts the process without waiting for it. A null value removes an environment variable.</summary>
    public static AppProcess Start(string state, params (string Name, string? Value)[] environment) =>
        new(new Process { StartInfo = Command(state, environment) });

    private static ProcessStartInfo Command(string state, (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Program]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["EREFERRALS_LOCAL"] = "true";
        start.Environment["EREFERRALS_STATE"] = state;
        start.Environment["EREFERRALS_PORT"] = "0";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return start;
    }

    public static Task<AppProcess> StartReadyAsync(string state) => ReadyAsync(Start(state));

    private static async Task<AppProcess> ReadyAsync(AppProcess app)
    {
        try
        {
            app.Client = new AppClient(await app._ready.Task.WaitAsync(Patience));
            return app;
        }
        catch (Exception ex) when (ex is TimeoutException or InvalidOperationException)
        {
            // Without this the process would outlive the tests.
            await app.DisposeAsync();
            throw new InvalidOperationException($"{ex.Message} It wrote: {app.Errors}", ex);
        }
    }

    /// <summary>Sends SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Sends SIGKILL to a child process that is identified by a word of its command line. The platform restarts it.</summary>
    public void KillPart(string word)
    {
        var part = System.IO.Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out var id) ? id : 0)
            .First(id => id > 0 && IsPart(id, word));
        using var process = Process.GetProcessById(part);
        process.Kill();
    }

    /// <summary>Sends SIGINT, as Ctrl-C does.</summary>
    public async Task<int> InterruptAsync()
    {
        using (var kill = Process.Start("kill", ["-INT", $"{_process.Id}"])) await kill.WaitForExitAsync();
        return await ExitAsync();
    }

    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (!_process.HasExited) await InterruptAsync();
        _process.Dispose();
    }

    private bool IsPart(int id, string word)
    {
        try
        {
            // The fields after the name in brackets are state and parent.
            var parent = File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1].Split(' ')[1];
            return parent == $"{_process.Id}" && File.ReadAllText($"/proc/{id}/cmdline").Contains(word, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // The process has ended meanwhile.
            return false;
        }
    }

    private void SeeOutput(string? line)
    {
        const string ready = "Ready: ";
        if (line?.StartsWith(ready, StringComparison.Ordinal) == true) _ready.TrySetResult(new Uri(line[ready.Length..].Split(' ')[0]));
    }

    private void SeeError(string? line)
    {
        if (line is null) return;
        lock (_errors) _errors.AppendLine(line);
    }
}
