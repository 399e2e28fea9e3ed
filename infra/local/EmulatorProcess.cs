using System.Diagnostics;
using EReferrals.Local.Azurite;

namespace EReferrals.Local;

/// <summary>The Service Bus emulator as a process of its own. One that dies by itself comes back on the same ports and the same file.</summary>
public sealed class EmulatorProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(1);

    private readonly string _stateFile;
    private readonly Action<string> _progress;
    private readonly int _port = FreePort.Take(0);
    private readonly int _administrationPort = FreePort.Take(0);
    private readonly CancellationTokenSource _stopping = new();
    private Process _process = null!;
    private Task _supervision = Task.CompletedTask;

    private EmulatorProcess(string stateFile, Action<string> progress) => (_stateFile, _progress) = (stateFile, progress);

    public string ConnectionString { get; private set; } = "";

    public string AdministrationConnectionString { get; private set; } = "";

    /// <summary>The administration port, which has the control channel under <c>/control/</c>.</summary>
    public Uri Administration => new($"http://127.0.0.1:{_administrationPort}/");

    public int ProcessId => _process.Id;

    /// <summary>Returns when it listens.</summary>
    /// <exception cref="LocalStartException">It ended, or did not listen in time.</exception>
    public static async Task<EmulatorProcess> StartAsync(string stateFile, Action<string> progress, CancellationToken cancellationToken)
    {
        var emulator = new EmulatorProcess(stateFile, progress);
        await emulator.LaunchAsync(cancellationToken);
        emulator._supervision = emulator.SuperviseAsync();
        return emulator;
    }

    /// <summary>Ends it as a power cut would. It comes back by itself.</summary>
    public void Kill() => Signals.Send(_process.Id, Signals.Kill);

    /// <summary>It keeps its connections and answers nothing until <see cref="Thaw"/>.</summary>
    public void Freeze() => Signals.Send(_process.Id, Signals.Freeze);

    public void Thaw() => Signals.Send(_process.Id, Signals.Thaw);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (!_process.HasExited) await EndAsync();
        await _supervision;
        _process.Dispose();
        _stopping.Dispose();
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        var ready = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var errors = new Queue<string>();
        var process = new Process { StartInfo = Command(), EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith("Ready: ", StringComparison.Ordinal) == true) ready.TrySetResult(line.Data["Ready: ".Length..]);
        };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not { Length: > 0 } text) return;
            if (ready.Task.IsCompleted) _progress(text);
            else lock (errors) errors.Enqueue(text);
        };
        process.Exited += (_, _) => ready.TrySetException(new LocalStartException("ended"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        try
        {
            var connections = (await ready.Task.WaitAsync(StartPatience, cancellationToken)).Split(' ');
            (ConnectionString, AdministrationConnectionString) = (connections[0], connections[1]);
        }
        catch (Exception ex) when (ex is TimeoutException or LocalStartException or OperationCanceledException)
        {
            if (!process.HasExited) process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            if (ex is OperationCanceledException) throw;
            lock (errors) throw new LocalStartException($"The Service Bus emulator did not start. It said: {string.Join(' ', errors)}");
        }
    }

    private ProcessStartInfo Command()
    {
        // In a session of its own: Ctrl-C in a terminal must not end the emulator before the app has drained.
        var setsid = OperatingSystem.IsWindows() ? null : AzuriteInstallation.Find("setsid");
        var start = new ProcessStartInfo(setsid ?? "dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (setsid is not null) start.ArgumentList.Add("dotnet");
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "EReferrals.ServiceBusEmulator.dll"),
            "--state", _stateFile, "--messaging", Path.Combine(AppContext.BaseDirectory, "messaging.json"),
            "--port", $"{_port}", "--administration-port", $"{_administrationPort}", "--end-with-parent",
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return start;
    }

    private async Task SuperviseAsync()
    {
        while (true)
        {
            await _process.WaitForExitAsync();
            if (_stopping.IsCancellationRequested) return;
            _progress($"The Service Bus emulator died; it comes back in {RestartDelay.TotalSeconds} s");
            try
            {
                await Task.Delay(RestartDelay, _stopping.Token);
                await LaunchAsync(_stopping.Token);
                _progress("The Service Bus emulator is back");
            }
            catch (LocalStartException ex)
            {
                _progress(ex.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task EndAsync()
    {
        Signals.Send(_process.Id, Signals.Terminate);
        // A frozen process takes the signal when it thaws.
        if (!OperatingSystem.IsWindows()) Signals.Send(_process.Id, Signals.Thaw);
        using var patience = new CancellationTokenSource(StopPatience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }
    }
}
