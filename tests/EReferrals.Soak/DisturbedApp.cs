using System.Diagnostics;

namespace EReferrals.Soak;

/// <summary>This side of the app's process: starts it, kills it, starts it again on the same state, and passes orders to it.</summary>
internal sealed class DisturbedApp : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _state;
    private readonly SemaphoreSlim _oneOrder = new(1);
    private Process _process = null!;
    private long _generation;

    private DisturbedApp(string state) => _state = state;

    /// <summary>Where the app is; null while it is down.</summary>
    public Uri? Address { get; private set; }

    /// <summary>Another one after every restart: tokens of the one before are worth nothing, for the issuer's name has its port.</summary>
    public long Generation => Interlocked.Read(ref _generation);

    /// <summary>Resident bytes.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public static async Task<DisturbedApp> StartAsync(string state)
    {
        var app = new DisturbedApp(state);
        await app.StartAsync();
        return app;
    }

    /// <summary>An order of <see cref="DisturbedHost"/>; returns when it is carried out.</summary>
    public async Task OrderAsync(string order)
    {
        await _oneOrder.WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(order);
            await AnswerAsync();
        }
        finally
        {
            _oneOrder.Release();
        }
    }

    /// <summary>kill -9, and a start on what it left.</summary>
    public async Task KillAndRestartAsync()
    {
        Address = null;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await OrderAsync("stop");
            await _process.WaitForExitAsync();
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
        await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException("The app ended by itself; see app.log.");

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
