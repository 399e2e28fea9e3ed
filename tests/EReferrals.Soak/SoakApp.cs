using System.Diagnostics;
using System.Globalization;

namespace EReferrals.Soak;

/// <summary>
/// Controls the app's processes from the soak: starts them, kills the first, restarts all of them on the same state, and sends orders to them.
/// </summary>
internal sealed class SoakApp : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // Azurite saves before it ends.
    private static readonly TimeSpan EndingTakes = TimeSpan.FromSeconds(20);

    private readonly string _state;
    private readonly SemaphoreSlim _oneOrder = new(1);
    private Process _process = null!;

    private SoakApp(string state) => _state = state;

    /// <summary>The address of the app; null while it is down.</summary>
    public Uri? Address { get; private set; }

    public static async Task<SoakApp> StartAsync(string state)
    {
        var app = new SoakApp(state);
        await app.StartAsync();
        return app;
    }

    /// <summary>Processes that outlived the process that started them.</summary>
    public List<string> Orphans { get; } = [];

    /// <summary>Sends an order to <see cref="SoakHost"/> and returns its response when the order is carried out.</summary>
    public async Task<string> OrderAsync(string order)
    {
        await _oneOrder.WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(order);
            return await AnswerAsync();
        }
        finally
        {
            _oneOrder.Release();
        }
    }

    /// <summary>Returns the resident bytes of the worker, the Service Bus emulator and the host.</summary>
    public async Task<IReadOnlyList<(string Process, long Bytes)>> MemoryAsync()
    {
        var numbers = (await OrderAsync("processes")).Split(' ');
        return [("worker", Of(numbers[0])), ("emulator", Of(numbers[1])), ("host", OwnProcesses.MemoryOf(_process.Id))];

        static long Of(string number) => OwnProcesses.MemoryOf(int.Parse(number, CultureInfo.InvariantCulture));
    }

    /// <summary>Kills the first process with SIGKILL, waits until all others have ended, and starts the app on the same state.</summary>
    public async Task KillAndRestartAsync()
    {
        Address = null;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        var ending = Stopwatch.StartNew();
        while (OwnProcesses.Naming(_state) is { Count: > 0 } left)
        {
            if (ending.Elapsed > EndingTakes)
            {
                Orphans.AddRange(left);
                break;
            }

            await Task.Delay(50);
        }

        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process.HasExited)
        {
            // The process ended by itself, and the caller already got the exception.
        }
        else if (Address is not null)
        {
            await OrderAsync("stop");
            await _process.WaitForExitAsync();
        }
        else
        {
            // The process did not become ready in time.
            _process.Kill();
        }

        _process.Dispose();
        _oneOrder.Dispose();
    }

    private async Task StartAsync()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [.. OwnAssembly(), SoakHost.Argument, _state])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        var log = Path.Combine(_state, "app.log");
        _process.ErrorDataReceived += (_, line) => Append(log, line.Data);
        _process.BeginErrorReadLine();
        var address = new Uri(await AnswerAsync());
        await WaitUntilReadyAsync(address);
        Address = address;
    }

    private async Task<string> AnswerAsync() =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience)
            ?? throw new InvalidOperationException($"The app exited unexpectedly. Its output: {await LastWordsAsync()}");

    private async Task<string> LastWordsAsync()
    {
        // Waits for the exit, so that the whole output has been read.
        await _process.WaitForExitAsync();
        var log = Path.Combine(_state, "app.log");
        return File.Exists(log) ? string.Join('\n', (await File.ReadAllLinesAsync(log)).TakeLast(20)) : "nothing";
    }

    private static async Task WaitUntilReadyAsync(Uri address)
    {
        using var http = new HttpClient { BaseAddress = address };
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            using var response = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            if (response.IsSuccessStatusCode) return;
            if (waiting.Elapsed > Patience) throw new TimeoutException($"The app is not ready: {await response.Content.ReadAsStringAsync()}");
            await Task.Delay(100);
        }
    }

    private static void Append(string log, string? line)
    {
        if (line is null) return;
        lock (log) File.AppendAllText(log, line + "\n");
    }

    // 'dotnet X.dll' needs the assembly as its first argument. An app host does not.
    private static string[] OwnAssembly() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(SoakApp).Assembly.Location] : [];
}
