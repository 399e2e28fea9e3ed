using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace EReferrals.Local.Azurite;

/// <summary>One Azurite process: one storage account. A test can stop, kill and freeze it; an emulator that dies by itself comes back.</summary>
public sealed class AzuriteEmulator : IDisposable
{
    public const string AccountName = "devstoreaccount1";

    // Azurite's published key, the same on every machine.
    public const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    // Azurite saves when it is told to end, and then may wait for ever for a request that it no longer answers: it ends when all three
    // services have said that they are closed. The pipe to standard input closes when this process ends, however it ends: the emulator
    // then does the same. Its output has no reader by then, and a second SIGTERM must not cut the saving short.
    private const string Preload = """
        let closed = 0;
        const log = console.log;
        console.log = (...words) => {
          log(...words);
          if (String(words[0]).endsWith('successfully closed') && ++closed === 3) process.exit(0);
        };
        for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
        process.stdin.on('error', () => {}).on('end', () => {
          if (process.listenerCount('SIGTERM') === 0) process.exit(1);
          process.on('SIGTERM', () => {});
          process.kill(process.pid, 'SIGTERM');
        }).resume();
        process.stdin.unref?.();
        """;

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(25);

    private readonly string _memory;
    private readonly string _script;
    private readonly AzuriteOptions _options;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _tailLock = new();
    private readonly Queue<string> _tail = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });
    private Process? _process;
    private CancellationTokenSource? _comingBack;
    private bool _wanted;

    internal AzuriteEmulator(string name, string stateFolder, string script, AzuriteOptions options)
    {
        Name = name;
        Location = Path.Combine(stateFolder, $"azurite-{name}");
        _memory = Path.Combine(stateFolder, $"azurite-{name}.json");
        _script = script;
        _options = options;
        Ports = Remembered()?.Ports ?? [];
    }

    public string Name { get; }

    public string Location { get; }

    public Uri BlobEndpoint => Endpoint(0);

    public Uri QueueEndpoint => Endpoint(1);

    public Uri TableEndpoint => Endpoint(2);

    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={AccountName};AccountKey={AccountKey};BlobEndpoint={BlobEndpoint};QueueEndpoint={QueueEndpoint};TableEndpoint={TableEndpoint};";

    /// <summary>Null while it is down.</summary>
    public int? ProcessId => _process?.Id;

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Blob, queue, table.</summary>
    internal int[] Ports { get; private set; }

    /// <summary>Returns when it answers. Does nothing when it runs.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _wanted = true;
            if (_process is not null) return;
            CancelComingBack();
            await LaunchAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Lets it save and end. It stays down until <see cref="StartAsync"/>.</summary>
    public async Task StopAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            _wanted = false;
            CancelComingBack();
            if (_process is not { } process) return;
            if (!process.HasExited) await EndAsync(process.Id, process.WaitForExitAsync).ConfigureAwait(false);
            Forget();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A death without saving: what was written in the last five seconds is lost. It comes back like from any other death.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process) return;
        Signals.Send(process.Id, Signals.Kill);
        await process.WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>It keeps its ports and connections, and answers nobody until <see cref="ThawAsync"/>.</summary>
    public Task FreezeAsync()
    {
        if (_process is { } process) Signals.Send(process.Id, Signals.Freeze);
        return Task.CompletedTask;
    }

    public Task ThawAsync()
    {
        if (_process is { } process) Signals.Send(process.Id, Signals.Thaw);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        CancelComingBack();
        _process?.Dispose();
        _http.Dispose();
        _turn.Dispose();
    }

    /// <summary>Ends what an earlier run of this state folder left behind.</summary>
    internal async Task EndLeftoversAsync()
    {
        foreach (var id in Signals.ProcessesAt(Location, Remembered()?.ProcessId))
        {
            _options.Progress($"Ending the {Name} emulator that an earlier run left behind (process {id})");
            await EndAsync(id, async cancellationToken =>
            {
                while (Signals.IsAt(id, Location)) await Task.Delay(PollInterval, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
    }

    internal bool HasPorts() => Ports.Length == 3 && Ports.All(IsFree);

    internal void ChoosePorts() => Ports = FreePorts();

    /// <summary>For the end of this process, when nothing can be awaited any more.</summary>
    internal void Terminate()
    {
        _wanted = false;
        if (_process is { HasExited: false } process) Signals.Send(process.Id, Signals.Terminate);
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int[] FreePorts()
    {
        var listeners = Enumerable.Range(0, 3).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners) listener.Start();
        var ports = Array.ConvertAll(listeners, listener => ((IPEndPoint)listener.LocalEndpoint).Port);
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }

    private static async Task EndAsync(int id, Func<CancellationToken, Task> gone)
    {
        using var patience = new CancellationTokenSource(StopPatience);
        Signals.Send(id, Signals.Terminate);
        // A frozen process takes the signal when it thaws.
        if (!OperatingSystem.IsWindows()) Signals.Send(id, Signals.Thaw);
        try
        {
            await gone(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Signals.Send(id, Signals.Kill);
            await gone(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private Uri Endpoint(int service) => new($"http://127.0.0.1:{Ports[service]}/{AccountName}");

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Location);
        var process = AzuriteInstallation.Start(Command(), "node");
        process.OutputDataReceived += (_, line) => Remember(line.Data);
        process.ErrorDataReceived += (_, line) => Remember(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        WriteMemory(process.Id);
        try
        {
            await AnswersAsync(process, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            if (!process.HasExited) Signals.Send(process.Id, Signals.Kill);
            Forget();
            throw;
        }

        _ = WatchAsync(process);
    }

    private ProcessStartInfo Command()
    {
        // In a session of its own: Ctrl-C in a terminal must not end the emulator before the app has drained.
        var setsid = OperatingSystem.IsWindows() ? null : AzuriteInstallation.Find("setsid");
        // setsid itself would start, and only then miss it.
        if (setsid is not null && AzuriteInstallation.Find(_options.Node) is null) throw AzuriteInstallation.Missing("node", _options.Node);
        var start = new ProcessStartInfo(setsid ?? _options.Node)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Location,
        };
        if (setsid is not null) start.ArgumentList.Add(_options.Node);
        string[] arguments =
        [
            "--import", "data:text/javascript," + Uri.EscapeDataString(Preload), _script, "--location", Location, "--silent", "--skipApiVersionCheck", "--disableTelemetry",
            "--blobHost", "127.0.0.1", "--blobPort", $"{Ports[0]}", "--queueHost", "127.0.0.1", "--queuePort", $"{Ports[1]}",
            "--tableHost", "127.0.0.1", "--tablePort", $"{Ports[2]}",
            // Longer than a client keeps an idle connection: a write must not meet a connection that is just being closed.
            "--blobKeepAliveTimeout", "120", "--queueKeepAliveTimeout", "120", "--tableKeepAliveTimeout", "120",
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return start;
    }

    private async Task AnswersAsync(Process process, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(StartPatience);
        try
        {
            foreach (var port in Ports)
            {
                while (!await AnswersAsync(port, patience.Token).ConfigureAwait(false))
                {
                    if (process.HasExited) throw NotStarted($"ended with code {process.ExitCode}");
                    await Task.Delay(PollInterval, TimeProvider.System, patience.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NotStarted($"did not answer in {StartPatience.TotalSeconds} s");
        }

        // Its own process may have failed to bind the port that a stranger answers on.
        if (process.HasExited) throw NotStarted($"ended with code {process.ExitCode}");
    }

    // Any answer will do: without a signature a healthy emulator refuses.
    private async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri($"http://127.0.0.1:{port}/"), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private LocalStartException NotStarted(string what)
    {
        lock (_tailLock)
        {
            return new($"The {Name} storage emulator (Azurite) {what}. It said: {AzuriteInstallation.OneLine(string.Join('\n', _tail))}");
        }
    }

    private async Task WatchAsync(Process process)
    {
        await process.WaitForExitAsync().ConfigureAwait(false);
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_process != process) return;
            Forget();
            if (!_wanted) return;
            _comingBack = new CancellationTokenSource();
            _ = ComeBackAsync(_comingBack.Token);
            _options.Progress($"The {Name} emulator died; it comes back in {_options.RestartDelay.TotalSeconds} s");
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task ComeBackAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(_options.RestartDelay, _options.Clock, cancellationToken).ConfigureAwait(false);
                await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                // Stopped or started by hand while this waited for its turn.
                if (cancellationToken.IsCancellationRequested || _process is not null) return;
                await LaunchAsync(CancellationToken.None).ConfigureAwait(false);
                _options.Progress($"The {Name} emulator is back");
                return;
            }
            catch (LocalStartException failure)
            {
                _options.Progress(failure.Message);
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    private void CancelComingBack()
    {
        _comingBack?.Cancel();
        _comingBack = null;
    }

    private void Forget()
    {
        _process = null;
        WriteMemory(null);
    }

    private void Remember(string? line)
    {
        if (line is null) return;
        lock (_tailLock)
        {
            _tail.Enqueue(line);
            if (_tail.Count > 20) _tail.Dequeue();
        }
    }

    private Memory? Remembered()
    {
        try
        {
            return File.Exists(_memory) ? JsonSerializer.Deserialize<Memory>(File.ReadAllBytes(_memory)) : null;
        }
        catch (JsonException)
        {
            // Cut short by a crash; the ports are then chosen anew.
            return null;
        }
    }

    private void WriteMemory(int? processId) => File.WriteAllBytes(_memory, JsonSerializer.SerializeToUtf8Bytes(new Memory(Ports, processId)));

    private sealed record Memory(int[] Ports, int? ProcessId);
}
