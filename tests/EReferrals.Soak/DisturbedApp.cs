using System.Diagnostics;
using System.Globalization;

namespace EReferrals.Soak;

/// <summary>This side of the app's processes: starts them, kills the first, starts all again on the same state, and passes orders to it.</summary>
internal sealed class DisturbedApp : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // Azurite saves before it ends.
    private static readonly TimeSpan EndingTakes = TimeSpan.FromSeconds(20);

    private readonly string _state;
    private readonly SemaphoreSlim _oneOrder = new(1);
    private Process _process = null!;
    private long _generation;

    private DisturbedApp(string state) => _state = state;

    /// <summary>Where the app is; null while it is down.</summary>
    public Uri? Address { get; private set; }

    /// <summary>Another one after every restart: tokens of the one before are worth nothing, for the issuer's name has its port.</summary>
    public long Generation => Interlocked.Read(ref _generation);

    public static async Task<DisturbedApp> StartAsync(string state)
    {
        var app = new DisturbedApp(state);
        await app.StartAsync();
        return app;
    }

    /// <summary>What outlived the process that had started it.</summary>
    public List<string> Orphans { get; } = [];

    /// <summary>An order of <see cref="DisturbedHost"/>; returns its answer when it is carried out.</summary>
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

    /// <summary>Resident bytes of the worker, the Service Bus emulator and the host.</summary>
    public async Task<IReadOnlyList<(string Process, long Bytes)>> MemoryAsync()
    {
        var numbers = (await OrderAsync("processes")).Split(' ');
        return [("worker", Of(numbers[0])), ("emulator", Of(numbers[1])), ("host", OwnProcesses.MemoryOf(_process.Id))];

        static long Of(string number) => OwnProcesses.MemoryOf(int.Parse(number, CultureInfo.InvariantCulture));
    }

    /// <summary>kill -9 of the first process, and a start on what it left when all others have ended with it.</summary>
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
            // By itself: the caller has been told.
        }
        else if (Address is not null)
        {
            await OrderAsync("stop");
            await _process.WaitForExitAsync();
        }
        else
        {
            // It never answered, or not in time.
            _process.Kill();
        }

        _process.Dispose();
        _oneOrder.Dispose();
    }

    private async Task StartAsync()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [.. OwnAssembly(), DisturbedHost.Argument, _state])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        var log = Path.Combine(_state, "app.log");
        _process.ErrorDataReceived += (_, line) => Append(log, line.Data);
        _process.BeginErrorReadLine();
        var address = new Uri(await AnswerAsync());
        await WaitUntilReadyAsync(address);
        Interlocked.Increment(ref _generation);
        Address = address;
    }

    private async Task<string> AnswerAsync() =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException($"The app ended by itself. It wrote: {await LastWordsAsync()}");

    private async Task<string> LastWordsAsync()
    {
        // Only then has all of it been read.
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

    // 'dotnet X.dll' must name the assembly again; an app host is the assembly.
    private static string[] OwnAssembly() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(DisturbedApp).Assembly.Location] : [];
}
