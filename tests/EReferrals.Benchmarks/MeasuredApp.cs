using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace EReferrals.Benchmarks;

/// <summary>The app as a process of its own, in a fresh state folder, with the configuration this program was built in.</summary>
internal sealed class MeasuredApp : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _state = System.IO.Directory.CreateTempSubdirectory("ereferrals-benchmark-");
    private readonly int _port = FreePort.Take();
    private Process _process = null!;

    private MeasuredApp()
    {
        Address = new Uri($"http://localhost:{_port}");
        Http = new HttpClient { BaseAddress = Address };
        Calls = new StorageCallLog(Path.Combine(_state.FullName, "storage-calls"));
        Callers = new Callers(Http);
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public Callers Callers { get; }

    /// <summary>What the process has asked of storage.</summary>
    public StorageCallLog Calls { get; }

    /// <summary>The beginning of the first error in its log; empty when there is none.</summary>
    public string FirstError { get; private set; } = "";

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public double MegabytesInUse
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1e6;
        }
    }

    /// <param name="paused">Queue functions that do not run, by the platform's own setting.</param>
    public static async Task<MeasuredApp> StartAsync(params string[] paused)
    {
        var app = new MeasuredApp();
        await app.BeginAsync(paused);
        return app;
    }

    /// <summary>Ends the process as a power cut would.</summary>
    public async Task KillAsync()
    {
        Progress.Now("the app is killed");
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Leaves the machine to others until <see cref="Thaw"/>.</summary>
    public void Freeze() => Signal("STOP");

    public void Thaw() => Signal("CONT");

    /// <summary>Lets it end what it does.</summary>
    public async Task StopAsync()
    {
        Progress.Now("the app stops");
        if (!_process.HasExited) Signal("TERM");
        // A frozen one hears of it only when it thaws.
        if (!_process.HasExited) Thaw();
        await _process.WaitForExitAsync();
    }

    /// <summary>On the same state and port.</summary>
    public async Task<TimeSpan> StartAgainAsync()
    {
        var clock = Stopwatch.StartNew();
        await BeginAsync([]);
        return clock.Elapsed;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
        Http.Dispose();
        _state.Delete(recursive: true);
    }

    public async Task<JsonDocument> GetAsync(string path, IReadOnlyDictionary<string, string>? headers = null)
    {
        using var response = await SendAsync(HttpMethod.Get, path, headers);
        return JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
    }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, IReadOnlyDictionary<string, string>? headers = null, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers ?? new Dictionary<string, string>()) request.Headers.TryAddWithoutValidation(name, value);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        return (await Http.SendAsync(request)).EnsureSuccessStatusCode();
    }

    /// <summary>Messages that wait or are worked on, by queue.</summary>
    public async Task<IReadOnlyDictionary<string, long>> QueuesAsync()
    {
        using var status = await GetAsync("/v1/status");
        return status.RootElement.GetProperty("queues").EnumerateArray()
            .ToDictionary(queue => queue.GetProperty("name").GetString()!, queue => queue.GetProperty("active").GetInt64());
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", $"-{name} {_process.Id}");
        kill.WaitForExit();
    }

    private async Task BeginAsync(string[] paused)
    {
        Progress.Now("the app starts");
        // The canary would add a referral of its own to what is counted, once a minute.
        var disabled = paused.Append("SendCanaryFunction").Select(function => $"--AzureWebJobs.{function}.Disabled=true");
        var start = new ProcessStartInfo("dotnet", [AppDll(), .. disabled]) { RedirectStandardOutput = true };
        start.Environment["EREFERRALS_STATE"] = _state.FullName;
        start.Environment["EREFERRALS_PORT"] = $"{_port}";
        start.Environment["DOTNET_STARTUP_HOOKS"] = Itself.Assembly;
        start.Environment[StartupHook.FileVariable] = Calls.File;
        _process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        _ = ReadLogAsync(_process.StandardOutput);
        await WaitUntilReadyAsync();
    }

    private async Task ReadLogAsync(StreamReader log)
    {
        while (await log.ReadLineAsync() is { } line)
        {
            if (FirstError.Length == 0 ? line.StartsWith("fail:", StringComparison.Ordinal) : FirstError.Length < 1_000) FirstError += line.Trim() + " ";
        }
    }

    private async Task WaitUntilReadyAsync()
    {
        var waiting = Stopwatch.StartNew();
        while (waiting.Elapsed < StartLimit)
        {
            if (_process.HasExited) throw new InvalidOperationException("The app ended before it was ready. Run it by hand to see why: dotnet run --project functions/EReferrals");
            try
            {
                using var response = await Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
                if (response.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException($"The app was not ready in {StartLimit}.");
    }

    private static string AppDll()
    {
        var configuration = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";
        return Path.Combine(Repository.Root, "functions", "EReferrals", "bin", configuration, "net10.0", "EReferrals.dll");
    }
}
