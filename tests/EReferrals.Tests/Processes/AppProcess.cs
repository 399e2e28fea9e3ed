using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using EReferrals.Referrals;

namespace EReferrals.Tests.Processes;

/// <summary>The app as a process of its own, as a developer starts it: it can be interrupted and killed.</summary>
internal sealed class AppProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string App = Path.Combine(AppContext.BaseDirectory, "EReferrals.dll");
    private static readonly string Mortal = typeof(MortalApp).Assembly.Location;

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

    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromMinutes(1) };

    /// <summary>What it wrote to standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors) return _errors.ToString();
        }
    }

    /// <summary>Starts it and does not wait. A null value takes a variable away.</summary>
    public static AppProcess Start(string state, params (string Name, string? Value)[] environment) => Start([App], state, environment);

    private static AppProcess Start(string[] program, string state, params (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", program) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["EREFERRALS_STATE"] = state;
        start.Environment["EREFERRALS_PORT"] = "0";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new AppProcess(new Process { StartInfo = start });
    }

    public static Task<AppProcess> StartReadyAsync(string state) => ReadyAsync(Start(state));

    /// <summary>One that kills itself when a command reaches that step.</summary>
    public static Task<AppProcess> StartMortalAsync(string state, FatalStep step) => ReadyAsync(Start([Mortal, step.ToString()], state));

    private static async Task<AppProcess> ReadyAsync(AppProcess app)
    {
        try
        {
            app.Http.BaseAddress = await app._ready.Task.WaitAsync(Patience);
            return app;
        }
        catch (Exception failure) when (failure is TimeoutException or InvalidOperationException)
        {
            // Left alone it would outlive the tests.
            await app.DisposeAsync();
            throw new InvalidOperationException($"{failure.Message} It wrote: {app.Errors}", failure);
        }
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Ctrl-C.</summary>
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

    public async Task<string> TokenAsync(Actor actor)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["user"] = actor.User, ["organisation"] = actor.Organisation, ["role"] = Code.Of(actor.Role), ["expiresIn"] = "3600",
        });
        using var response = await Http.PostAsync(new Uri("/local/token", UriKind.Relative), form);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!.GetValue<string>();
    }

    public async Task<HttpResponseMessage> SendAsync(string token, Actor actor, HttpMethod method, string path, JsonNode? body = null, string? key = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Add("NHSD-End-User-Organisation-ODS", actor.Organisation);
        request.Headers.Add("NHSD-eRS-Business-Function", Code.Of(actor.Role));
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await Http.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited) await InterruptAsync();
        _process.Dispose();
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
