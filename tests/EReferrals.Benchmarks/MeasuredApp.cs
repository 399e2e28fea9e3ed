using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EReferrals.Benchmarks.Processes;

namespace EReferrals.Benchmarks;

/// <summary>
/// The whole system in its own processes and a fresh state folder, in the build configuration of this program. The Functions host starts the app, the Service
/// Bus emulator and the storage emulators.
/// </summary>
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

    /// <summary>The app's calls to storage.</summary>
    public StorageCallLog Calls { get; }

    /// <summary>The beginning of the first error in the app's log; empty when there is none.</summary>
    public string FirstError { get; private set; } = "";

    /// <summary>The resources that the processes have used so far.</summary>
    public ProcessUse Use => ProcessTree.UseOf(_process.Id);

    /// <param name="paused">Queue functions to disable through the platform's own setting.</param>
    public static async Task<MeasuredApp> StartAsync(params string[] paused)
    {
        var app = new MeasuredApp();
        await app.BeginAsync(paused);
        return app;
    }

    /// <summary>Kills one process as a power cut would. All processes end with the host. Any other process is restarted automatically.</summary>
    public async Task KillAsync(ProcessRole victim)
    {
        Progress.Now($"killing {victim}");
        var all = ProcessTree.Of(_process.Id);
        foreach (var (_, id) in all.Where(process => process.Role == victim)) Signal("KILL", id);
        if (victim != ProcessRole.Host) return;
        await _process.WaitForExitAsync();
        // The storage emulators save before they end and use the state folder until then.
        while (all.Any(process => ProcessTree.IsRunning(process.Id))) await Task.Delay(20);
    }

    /// <summary>Freezes all processes until <see cref="Thaw"/>, so that they do not use the machine.</summary>
    public void Freeze() => SignalAll("STOP");

    public void Thaw() => SignalAll("CONT");

    /// <summary>Stops the app after it has finished its running work.</summary>
    public async Task StopAsync()
    {
        Progress.Now("stopping the app");
        if (!_process.HasExited) Signal("TERM", _process.Id);
        // A frozen process handles the signal only when it thaws.
        if (!_process.HasExited) Thaw();
        await _process.WaitForExitAsync();
    }

    /// <summary>Starts the app again on the same state and port.</summary>
    public async Task<TimeSpan> StartAgainAsync()
    {
        var clock = Stopwatch.StartNew();
        await BeginAsync([]);
        return clock.Elapsed;
    }

    /// <summary>Waits until every dependency is reachable.</summary>
    public async Task<TimeSpan> ReadyAgainAsync()
    {
        var clock = Stopwatch.StartNew();
        await WaitUntilReadyAsync();
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

    /// <summary>Returns the number of waiting and running messages, by queue.</summary>
    public async Task<IReadOnlyDictionary<string, long>> QueuesAsync()
    {
        using var status = await GetAsync("/v1/status");
        return status.RootElement.GetProperty("queues").EnumerateArray()
            .ToDictionary(queue => queue.GetProperty("name").GetString()!, queue => queue.GetProperty("active").GetInt64());
    }

    // Freeze the host first, so that it does not observe the other processes as stopped.
    private void SignalAll(string name)
    {
        foreach (var (_, id) in ProcessTree.Of(_process.Id)) Signal(name, id);
    }

    private static void Signal(string name, int id)
    {
        using var kill = Process.Start("kill", $"-{name} {id}");
        kill.WaitForExit();
    }

    private async Task BeginAsync(string[] paused)
    {
        Progress.Now("starting the app");
        var start = new ProcessStartInfo("dotnet", [LocalDll()]) { RedirectStandardOutput = true };
        start.Environment["EREFERRALS_LOCAL"] = "true";
        start.Environment["EREFERRALS_STATE"] = _state.FullName;
        start.Environment["EREFERRALS_PORT"] = $"{_port}";
        // The canary would add one referral a minute to the counts.
        start.Environment["Canary__Enabled"] = "false";
        foreach (var function in paused) start.Environment[$"AzureWebJobs.{function}.Disabled"] = "true";
        // Every process of the system inherits this variable. The hook finds out in which process it runs.
        start.Environment["DOTNET_STARTUP_HOOKS"] = OwnProgram.Assembly;
        start.Environment[StartupHook.FileVariable] = Calls.File;
        _process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        _ = ReadLogAsync(_process.StandardOutput);
        await WaitUntilReadyAsync();
    }

    private async Task ReadLogAsync(StreamReader log)
    {
        while (await log.ReadLineAsync() is { } line)
        {
            var isError = line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Critical", StringComparison.Ordinal);
            if (FirstError.Length == 0 ? isError : FirstError.Length < 1_000)
            {
                FirstError += line.Trim() + " ";
            }
        }
    }

    private async Task WaitUntilReadyAsync()
    {
        var waiting = Stopwatch.StartNew();
        while (waiting.Elapsed < StartLimit)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException("The app exited before it was ready. To see why, run it by hand: dotnet run --project infra/local");
            }

            try
            {
                using var response = await Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
                if (response.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // The app is not listening yet.
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException($"The app was not ready in {StartLimit}.");
    }

    private static string LocalDll()
    {
        var configuration = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            ? "Release"
            : "Debug";
        return Path.Combine(Repository.Root, "infra", "local", "bin", configuration, "net10.0", "EReferrals.Local.dll");
    }
}
