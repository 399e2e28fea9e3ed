using System.Net;
using EReferrals.Local.FunctionsHost.Http;
using EReferrals.Local.FunctionsHost.ServiceBus;
using EReferrals.Local.FunctionsHost.Timers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Local.FunctionsHost;

/// <summary>
/// Runs a function app on one machine with HTTP, timer and Service Bus triggers. Uses the public protocol between the Functions host and the official worker.
/// For local work and tests, not for production.
/// </summary>
public sealed class FunctionsHost : IAsyncDisposable
{
    private static readonly string[] AzureMarkers = ["WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "WEBSITE_POD_NAME", "LEGION_SERVICE_HOST"];
    private static readonly TimeSpan CancellationGrace = TimeSpan.FromSeconds(1);

    private readonly FunctionsHostOptions _options;
    private readonly AppSettings _settings;
    private readonly HostJson _hostJson;
    private readonly HostLog _log;
    private readonly RunningCount _running = new();
    private readonly HeldMessages _heldMessages = new();
    private readonly WorkerSupervisor _worker;
    private readonly HttpFront _http;
    private readonly WebApplication _rpc;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ServiceBusClient> _clients = [];
    private QueuePump[] _pumps = [];
    private TimerPump[] _timers = [];
    private bool _isPaused;
    private Task? _stop;

    private FunctionsHost(FunctionsHostOptions options)
    {
        _options = options;
        _settings = new AppSettings(options.Settings);
        _hostJson = HostJson.Load(Path.Combine(options.ApplicationDirectory, "host.json"), _settings);
        _log = new HostLog(options.Log, _hostJson.LogLevels);
        _worker = new WorkerSupervisor(options, _hostJson.FunctionTimeout, Take, _log);
        _http = new HttpFront(options, _hostJson.Http, _worker, _running, _log);
        _rpc = BuildRpcServer();
    }

    /// <summary>The environment variable that only Azure sets; null elsewhere.</summary>
    public static string? AzureMarker => AzureMarkers.FirstOrDefault(marker => Environment.GetEnvironmentVariable(marker) is { Length: > 0 });

    /// <summary>The base address of the HTTP functions.</summary>
    public Uri HttpAddress => _http.Address;

    /// <summary>The configuration for a worker that the caller starts in this process.</summary>
    public IReadOnlyDictionary<string, string?> WorkerConfiguration { get; private set; } = new Dictionary<string, string?>();

    /// <summary>The number of running invocations.</summary>
    public int Running => _running.Value;

    /// <summary>Null when no worker process is running.</summary>
    public int? WorkerProcessId => _worker.ProcessId;

    /// <summary>Returns when the HTTP server and the worker protocol listen. The functions are loaded afterwards.</summary>
    /// <exception cref="FunctionsHostStartException">The host cannot run this application here.</exception>
    public static async Task<FunctionsHost> StartAsync(FunctionsHostOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = options with { ApplicationDirectory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.ApplicationDirectory)) };
        if (AzureMarker is { } marker) throw new FunctionsHostStartException($"The local Functions host does not run in Azure ({marker} is set).");
        if (options.WorkerAssembly is { } assembly && !File.Exists(Path.Combine(options.ApplicationDirectory, assembly)))
            throw new FunctionsHostStartException($"{assembly} is not in {options.ApplicationDirectory}. Build the function app first.");

        var host = new FunctionsHost(options);
        try
        {
            await host.ListenAsync(cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes when the functions are loaded and their triggers run.</summary>
    /// <exception cref="FunctionsHostStartException">The functions cannot be loaded or cannot run here.</exception>
    public Task LoadedAsync(CancellationToken cancellationToken = default) => _worker.Loaded.WaitAsync(cancellationToken);

    /// <summary>Stops receiving messages and completes when the running queue functions have ended.</summary>
    public Task PauseTriggersAsync()
    {
        lock (_gate)
        {
            _isPaused = true;
            return Task.WhenAll(_pumps.Select(pump => pump.PauseAsync()));
        }
    }

    /// <summary>Starts receiving messages again.</summary>
    public void ResumeTriggers()
    {
        lock (_gate)
        {
            _isPaused = false;
            foreach (var pump in _pumps) pump.Start();
        }
    }

    /// <summary>Runs a timer function now, after any running invocation of it.</summary>
    /// <exception cref="FunctionFailedException">The function failed.</exception>
    public Task RunTimerAsync(string function)
    {
        var timer = _timers.FirstOrDefault(timer => timer.Name.Equals(function, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"Unknown timer function '{function}'.", nameof(function));
        return timer.RunNowAsync();
    }

    /// <summary>
    /// Stops receiving, waits for running invocations until the drain time is over or the token is cancelled, then cancels the rest and ends the worker.
    /// </summary>
    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate) return _stop ??= StopOnceAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await _rpc.StartAsync(cancellationToken);
        WorkerConfiguration = new Dictionary<string, string?>
        {
            ["Functions:Worker:HostEndpoint"] = _rpc.Urls.First() + "/",
            ["Functions:Worker:RequestId"] = Guid.NewGuid().ToString(),
            ["Functions:Worker:WorkerId"] = _worker.WorkerId,
            ["Functions:Worker:GrpcMaxMessageLength"] = int.MaxValue.ToString(CultureInfo.InvariantCulture),
        };
        await _http.StartAsync(cancellationToken);
        if (_options.WorkerAssembly is null) Environment.SetEnvironmentVariable("FUNCTIONS_APPLICATION_DIRECTORY", _options.ApplicationDirectory);
        else _worker.Start(WorkerArguments());
    }

    private IEnumerable<string> WorkerArguments() =>
    [
        "--functions-uri", WorkerConfiguration["Functions:Worker:HostEndpoint"]!,
        "--functions-request-id", WorkerConfiguration["Functions:Worker:RequestId"]!,
        "--functions-worker-id", _worker.WorkerId,
        "--functions-grpc-max-message-length", WorkerConfiguration["Functions:Worker:GrpcMaxMessageLength"]!,
    ];

    private WebApplication BuildRpcServer()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.InitialStreamWindowSize = 4 * 1024 * 1024;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 8 * 1024 * 1024;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddRouting();
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = null;
            grpc.MaxSendMessageSize = null;
        });
        builder.Services.AddSingleton(new WorkerService(_worker));
        builder.Services.AddSingleton(new SettlementService(_heldMessages, _log));
        var server = builder.Build();
        server.UseRouting();
        server.MapGrpcService<WorkerService>();
        server.MapGrpcService<SettlementService>();
        return server;
    }

    /// <summary>Creates routes, queue pumps and timers for the functions that the first worker declared.</summary>
    private void Take(IReadOnlyList<RpcFunctionMetadata> metadata)
    {
        var functions = FunctionCatalog.Read(metadata, _settings);
        _http.Serve(functions);
        var timers = functions.Where(function => function.Trigger is TimerFunctionTrigger)
            .Select(function => new TimerPump(function, _options.TimerStateDirectory, _worker, _running, _options.Clock, _log)).ToArray();
        lock (_gate)
        {
            if (_stop is not null) return;
            _timers = timers;
            _pumps = [.. functions.Where(function => function.Trigger is QueueFunctionTrigger).Select(CreatePump)];
            if (!_isPaused)
                foreach (var pump in _pumps) pump.Start();
            if (!_options.Timers) return;
            foreach (var timer in timers) timer.Start();
        }
    }

    private QueuePump CreatePump(HostedFunction function)
    {
        var connection = ((QueueFunctionTrigger)function.Trigger).Connection;
        if (!_clients.TryGetValue(connection, out var client))
        {
            try
            {
                _clients[connection] = client = new ServiceBusClient(
                    connection, new ServiceBusClientOptions { RetryOptions = _hostJson.ServiceBus.ClientRetryOptions });
            }
            catch (FormatException ex)
            {
                throw new FunctionsHostStartException($"The Service Bus connection string of '{function.Name}' cannot be read.", ex);
            }
        }

        var dispatch = new MessageDispatch(function, _hostJson.ServiceBus, _worker, _heldMessages, _running, _options.Clock, _log);
        return new QueuePump(function, client, _hostJson.ServiceBus, dispatch, _worker, _log);
    }

    private async Task StopOnceAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        var drained = Task.WhenAll(
            _http.StopAsync(CancellationToken.None), PauseTriggersAsync(), Task.WhenAll(_timers.Select(timer => timer.DisposeAsync().AsTask())));
        using (var hurry = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            hurry.CancelAfter(_options.Drain);
            await drained.WaitAsync(hurry.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!drained.IsCompleted)
        {
            _worker.CancelAll();
            await Task.WhenAny(drained, Task.Delay(CancellationGrace, CancellationToken.None));
            _worker.FailAll();
            await Task.WhenAny(drained, Task.Delay(CancellationGrace, CancellationToken.None));
        }

        await _worker.DisposeAsync();
        foreach (var client in _clients.Values) await client.DisposeAsync();
        await _http.DisposeAsync();
        await _rpc.DisposeAsync();
    }
}
