using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EReferrals.Local;
using EReferrals.Local.Azurite;
using EReferrals.Messaging;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Tests.ApiDocs;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

namespace EReferrals.Tests;

/// <summary>The whole app: the Functions host and its worker in this process, with its own port, state folder and real emulators.</summary>
public sealed class RunningApp : IAsyncDisposable
{
    // Whatever these queues have scheduled failed once: see BackOff, whose first delay is 2 to 2.4 s.
    private static readonly string[] Retried = [Queues.ReferralSubmitted, Queues.WorklistChanges, Queues.AttachmentScanned];
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly IHost _worker;
    private readonly TimeProvider _clock;
    private readonly string _state;
    private readonly bool _ownsState;
    private readonly AzuriteSupervisor? _emulators;
    private readonly Dictionary<Actor, string> _tokens = [];
    private readonly SemaphoreSlim _oneToken = new(1);

    private RunningApp(LocalPlatform platform, IHost worker, TimeProvider clock, string state, bool ownsState, AzuriteSupervisor? emulators)
    {
        (Local, _worker, _clock, _state, _ownsState, _emulators) = (platform, worker, clock, state, ownsState, emulators);
        Http = new HttpClient(new ContractHandler()) { BaseAddress = Local.HttpAddress, Timeout = TimeSpan.FromMinutes(2) };
    }

    public LocalPlatform Local { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => _worker.Services;

    /// <param name="configure">Replaces platform types for a test, never product types.</param>
    /// <param name="state">The folder of an earlier run, to start again with its data.</param>
    /// <param name="settings">App settings as arguments, and <c>--Local:Seed=false</c> or <c>--Local:Timers=false</c>.</param>
    public static async Task<RunningApp> StartAsync(
        Action<FunctionsApplicationBuilder>? configure = null, string? state = null, params string[] settings)
    {
        var folder = state ?? System.IO.Directory.CreateTempSubdirectory("ereferrals-").FullName;
        var worker = InProcessWorker.CreateBuilder(["--Canary:Enabled=false", .. settings]);
        configure?.Invoke(worker);
        var clock = InProcessWorker.ClockOf(worker);
        var storage = InProcessWorker.StorageOf(worker);
        // The data of a state folder stay in it.
        var emulators = state is null && storage is null ? await StoragePool.TakeAsync() : null;
        var platform = await LocalPlatform.StartAsync(new LocalPlatformOptions
        {
            StateFolder = folder,
            ApplicationDirectory = AppContext.BaseDirectory,
            Port = 0,
            WorkerAssembly = null,
            EmulatorIsProcess = false,
            Storage = storage,
            Emulators = emulators,
            Settings = InProcessWorker.BusOf(worker),
            Seed = worker.Configuration["Local:Seed"] != "false",
            Timers = worker.Configuration["Local:Timers"] != "false",
            Clock = clock,
        });
        try
        {
            var host = await InProcessWorker.StartAsync(worker, platform);
            var app = new RunningApp(platform, host, clock, folder, ownsState: state is null, emulators);
            await app.WaitUntilReadyAsync();
            return app;
        }
        catch
        {
            await platform.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates a request with the token and headers of this caller.</summary>
    public async Task<HttpRequestMessage> RequestAsync(Actor actor, HttpMethod method, string path, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(actor));
        if (actor.Role.IsApplication()) return request;
        request.Headers.Add("NHSD-End-User-Organisation-ODS", actor.Organisation);
        request.Headers.Add("NHSD-eRS-Business-Function", Code.From(actor.Role));
        if (actor.OnBehalfOf is { } clinician) request.Headers.Add("NHSD-eRS-On-Behalf-Of-User-ID", clinician);
        return request;
    }

    public async Task<HttpResponseMessage> SendAsync(
        Actor actor, HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var content = body as HttpContent ?? (body is null ? null : JsonContent.Create(body));
        using var request = await RequestAsync(actor, method, path, content);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await Http.SendAsync(request);
    }

    public Task<HttpResponseMessage> GetAsync(Actor actor, string path, params (string Name, string Value)[] headers) =>
        SendAsync(actor, HttpMethod.Get, path, body: null, headers);

    public Task<HttpResponseMessage> PostAsync(Actor actor, string path, object body, params (string Name, string Value)[] headers) =>
        SendAsync(actor, HttpMethod.Post, path, body, headers);

    /// <summary>
    /// Waits until every message is processed, so that accepted referrals are on their lists. On a busy machine a storage call may time out; the message then
    /// comes again after two seconds and is waited for too, for at most four, unless the test has a clock of its own.
    /// </summary>
    public async Task DrainAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await Local.DrainAsync(limit.Token);
        if (_clock != TimeProvider.System) return;
        for (var since = _clock.GetTimestamp(); HasRetries() && _clock.GetElapsedTime(since) < FirstRetry;)
        {
            await Task.Delay(Look, limit.Token);
            await Local.DrainAsync(limit.Token);
        }
    }

    private bool HasRetries() => Local.Broker.Statistics().Any(queue => queue.Scheduled > 0 && Retried.Contains(queue.Name));

    public async Task<string> TokenAsync(Actor actor)
    {
        await _oneToken.WaitAsync();
        try
        {
            if (!_tokens.TryGetValue(actor, out var token)) _tokens[actor] = token = await FetchTokenAsync(actor);
            return token;
        }
        finally
        {
            _oneToken.Release();
        }
    }

    /// <summary>Drops cached tokens. Needed when a test moves the clock beyond the lifetime of a token.</summary>
    public void ForgetTokens() => _tokens.Clear();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        // Stop the host first: it drains and tells the worker to end.
        await Local.DisposeAsync();
        await _worker.StopAsync();
        if (_worker is IAsyncDisposable disposable) await disposable.DisposeAsync();
        _oneToken.Dispose();
        if (_emulators is not null) await StoragePool.ReturnAsync(_emulators);
        if (_ownsState) System.IO.Directory.Delete(_state, recursive: true);
    }

    private async Task<string> FetchTokenAsync(Actor actor)
    {
        var who = actor.Role.IsApplication() ? "application" : "user";
        var form = new Dictionary<string, string>
        {
            [who] = actor.User,
            ["organisation"] = actor.Organisation,
            ["role"] = Code.From(actor.Role),
        };
        if (actor.OnBehalfOf is { } clinician) form["onBehalfOf"] = $"{actor.Organisation}:{clinician}";
        using var content = new FormUrlEncodedContent(form);
        using var response = await Http.PostAsync(new Uri("/local/token", UriKind.Relative), content);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!.GetValue<string>();
    }

    private async Task WaitUntilReadyAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            using var response = await Http.GetAsync(new Uri("/health/ready", UriKind.Relative), limit.Token);
            if (response.IsSuccessStatusCode) return;
            await Task.Delay(50, limit.Token);
        }
    }
}

/// <summary>One running app for all journeys that do not disturb it. Fails when any journey logs patient data.</summary>
public sealed class SharedApp : IAsyncLifetime, IDisposable
{
    private readonly PatientDataCheck _patientData = new();

    public RunningApp App { get; private set; } = null!;

    public async Task InitializeAsync() => App = await RunningApp.StartAsync(_patientData.AddTo);

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        Assert.Empty(_patientData.LinesWithPatientData);
    }

    public void Dispose() => _patientData.Dispose();
}

[CollectionDefinition(Name)]
public sealed class Journey : ICollectionFixture<SharedApp>
{
    public const string Name = "journeys";
}
