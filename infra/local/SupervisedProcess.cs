using System.ComponentModel;
using System.Threading.RateLimiting;

namespace EReferrals.Local;

/// <summary>An emulator that runs as a process. Tests can stop, kill and freeze it. It is restarted when it crashes.</summary>
public abstract class SupervisedProcess : IAsyncDisposable
{
    private const int TailLength = 20;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    private readonly string _title;
    private readonly TimeSpan _restartDelay;
    private readonly TimeProvider _clock;
    private readonly ConcurrencyLimiter _turns = new(new() { PermitLimit = 1, QueueLimit = int.MaxValue });
    private readonly Queue<string> _tail = new();
    private Process? _process;
    private CancellationTokenSource _supervision = new();

    /// <param name="title">The subject of its progress messages.</param>
    /// <param name="restartDelay">The delay before a crashed process is restarted.</param>
    private protected SupervisedProcess(string title, TimeSpan restartDelay, TimeProvider clock, Action<string> progress) =>
        (_title, _restartDelay, _clock, Progress) = (title, restartDelay, clock, progress);

    /// <summary>Null while the process is down.</summary>
    public int? ProcessId => _process is { HasExited: false } process ? process.Id : null;

    public bool IsRunning => ProcessId is not null;

    private protected static TimeSpan PollInterval { get; } = TimeSpan.FromMilliseconds(25);

    private protected Action<string> Progress { get; }

    /// <summary>Returns when the process responds. Does nothing when it is running.</summary>
    /// <exception cref="LocalStartException">The process cannot be started, exited, or did not respond in time.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        using var turn = await _turns.AcquireAsync(1, cancellationToken);
        if (IsRunning) return;
        await _supervision.CancelAsync();
        await LaunchAsync(cancellationToken);
    }

    /// <summary>Stops the process after it has saved. It stays down until <see cref="StartAsync"/>.</summary>
    public async Task StopAsync()
    {
        using var turn = await _turns.AcquireAsync();
        await _supervision.CancelAsync();
        if (_process is { HasExited: false } process) await EndAsync(process.Id, process.WaitForExitAsync);
    }

    /// <summary>Kills the process as a power cut would, without saving. It is restarted as after any crash.</summary>
    public async Task KillAsync()
    {
        if (_process is not { HasExited: false } process) return;
        Signals.Send(process.Id, Signals.Kill);
        await process.WaitForExitAsync();
    }

    /// <summary>Freezes the process. It keeps its ports and connections and does not respond until <see cref="ThawAsync"/>.</summary>
    public Task FreezeAsync() => SendAsync(Signals.Freeze);

    public Task ThawAsync() => SendAsync(Signals.Thaw);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
        _process = null;
        _supervision.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract ProcessStartInfo Command();

    /// <summary>Returns whether the process responds. Called until it does.</summary>
    private protected abstract Task<bool> AnswersAsync(CancellationToken cancellationToken);

    private protected virtual void OnLaunched(int processId)
    {
    }

    private protected virtual void OnOutput(string line)
    {
    }

    // Starts the process in its own session, because Ctrl-C in a terminal must not end the emulator before the app has drained. The process ends when its
    // standard input closes. The operating system closes it when this process ends, even when it is killed.
    private protected static ProcessStartInfo InOwnSession(string program, IEnumerable<string> arguments)
    {
        var setsid = OperatingSystem.IsWindows() ? null : Find("setsid");
        var command = setsid is null ? arguments : [program, .. arguments];
        return new ProcessStartInfo(setsid ?? program, command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    private protected static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private protected static async Task EndAsync(int id, Func<CancellationToken, Task> gone)
    {
        using var patience = new CancellationTokenSource(StopPatience);
        Signals.Send(id, Signals.Terminate);
        // A frozen process handles the signal when it thaws.
        if (!OperatingSystem.IsWindows()) Signals.Send(id, Signals.Thaw);
        try
        {
            await gone(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Signals.Send(id, Signals.Kill);
            await gone(CancellationToken.None);
        }
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        lock (_tail) _tail.Clear();
        var process = Start();
        OnLaunched(process.Id);
        try
        {
            await AnsweredAsync(process, cancellationToken);
        }
        catch
        {
            if (!process.HasExited) Signals.Send(process.Id, Signals.Kill);
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }

        _supervision = new CancellationTokenSource();
        _ = SuperviseAsync(process, _supervision.Token);
    }

    private Process Start()
    {
        var process = new Process { StartInfo = Command() };
        process.OutputDataReceived += (_, line) => Remember(line.Data);
        process.ErrorDataReceived += (_, line) => Remember(line.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception ex)
        {
            throw new LocalStartException($"{_title} cannot be started: {ex.Message}");
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return _process = process;
    }

    private async Task AnsweredAsync(Process process, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(StartPatience);
        try
        {
            while (!process.HasExited && !await AnswersAsync(patience.Token)) await Task.Delay(PollInterval, TimeProvider.System, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NotStarted($"did not respond in {StartPatience.TotalSeconds} s");
        }

        if (!process.HasExited) return;
        // The exit guarantees that all its output has been read.
        await process.WaitForExitAsync(cancellationToken);
        throw NotStarted($"ended with code {process.ExitCode}");
    }

    private LocalStartException NotStarted(string what)
    {
        lock (_tail) return new($"{_title} {what}. It said: {LocalStartException.OneLine(string.Join('\n', _tail))}");
    }

    private async Task SuperviseAsync(Process process, CancellationToken stopped)
    {
        try
        {
            await process.WaitForExitAsync(stopped);
            var isBack = false;
            while (!isBack)
            {
                var delay = Task.Delay(_restartDelay, _clock, stopped);
                Progress($"{_title} died. It is restarted in {_restartDelay.TotalSeconds} s");
                await delay;
                isBack = await ComeBackAsync(stopped);
            }
        }
        catch (OperationCanceledException)
        {
            // The process was stopped, or was started explicitly.
        }
    }

    private async Task<bool> ComeBackAsync(CancellationToken stopped)
    {
        using var turn = await _turns.AcquireAsync(1, stopped);
        try
        {
            stopped.ThrowIfCancellationRequested();
            await LaunchAsync(CancellationToken.None);
            Progress($"{_title} is back");
            return true;
        }
        catch (LocalStartException ex)
        {
            Progress(ex.Message);
            return false;
        }
    }

    private Task SendAsync(int signal)
    {
        if (ProcessId is { } id) Signals.Send(id, signal);
        return Task.CompletedTask;
    }

    private void Remember(string? line)
    {
        if (line is null) return;
        lock (_tail)
        {
            _tail.Enqueue(line);
            if (_tail.Count > TailLength) _tail.Dequeue();
        }

        OnOutput(line);
    }
}
