using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;

namespace EReferrals.Benchmarks;

/// <summary>The app as a process of its own, in a fresh state folder, with the configuration this program was built in.</summary>
internal sealed class MeasuredApp : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DirectoryInfo _state;

    private MeasuredApp(Process process, DirectoryInfo state, Uri address)
    {
        (_process, _state) = (process, state);
        Http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1024 }) { BaseAddress = address };
    }

    public HttpClient Http { get; }

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<MeasuredApp> StartAsync()
    {
        var state = Directory.CreateTempSubdirectory("ereferrals-benchmark-");
        var port = FreePort();
        var start = new ProcessStartInfo("dotnet", AppDll()) { RedirectStandardOutput = true };
        start.Environment["EREFERRALS_STATE"] = state.FullName;
        start.Environment["EREFERRALS_PORT"] = $"{port}";
        var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        _ = process.StandardOutput.ReadToEndAsync();
        var app = new MeasuredApp(process, state, new Uri($"http://localhost:{port}"));
        await app.WaitUntilReadyAsync();
        return app;
    }

    public async Task<HttpRequestMessage> RequestAsync(HttpMethod method, string path, string user, string organisation, string role)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["user"] = user, ["organisation"] = organisation, ["role"] = role });
        using var response = await Http.PostAsync(new Uri("/local/token", UriKind.Relative), form);
        response.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", answer.RootElement.GetProperty("access_token").GetString());
        request.Headers.Add("NHSD-End-User-Organisation-ODS", organisation);
        request.Headers.Add("NHSD-eRS-Business-Function", role);
        return request;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        using (Process.Start("kill", $"-TERM {_process.Id}")) await _process.WaitForExitAsync();
        _process.Dispose();
        _state.Delete(recursive: true);
    }

    private async Task WaitUntilReadyAsync()
    {
        while (true)
        {
            if (_process.HasExited) throw new InvalidOperationException("The app ended before it was ready.");
            try
            {
                using var response = await Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
                if (response.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(100);
        }
    }

    private static string AppDll()
    {
        var configuration = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "EReferrals.sln"))) root = root.Parent ?? throw new InvalidOperationException("No EReferrals.sln above this program.");
        return Path.Combine(root.FullName, "functions", "EReferrals", "bin", configuration, "net10.0", "EReferrals.dll");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
