using System.Net;
using EReferrals.Local.FunctionsHost.Workers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EReferrals.Local.FunctionsHost.Http;

/// <summary>Serves the HTTP functions, and responds as the real host does where no function does.</summary>
internal sealed class HttpFront : IAsyncDisposable
{
    private readonly HostJson.HttpSection _settings;
    private readonly WorkerSupervisor _worker;
    private readonly RunningCount _running;
    private readonly HostLog _log;
    private readonly FunctionEndpoints _endpoints = new();
    private readonly SemaphoreSlim? _slots;
    private readonly WebApplication _web;
    private readonly int _bodyLimit;
    private int _outstanding;

    public HttpFront(FunctionsHostOptions options, HostJson.HttpSection settings, WorkerSupervisor worker, RunningCount running, HostLog log)
    {
        (_settings, _worker, _running, _log) = (settings, worker, running, log);
        _bodyLimit = options.BodyLimit;
        _slots = settings.MaxConcurrentRequests > 0 ? new SemaphoreSlim(settings.MaxConcurrentRequests) : null;
        _web = Build(options);
        if (options.RespondFirst is { } respondFirst) _web.Use(next => async http =>
        {
            if (!await respondFirst(http)) await next(http);
        });
        _web.Use(WaitForFunctions);
        _web.UseRouting();
        IEndpointRouteBuilder routes = _web;
        routes.DataSources.Add(_endpoints);
        options.MoreRoutes?.Invoke(routes.MapGroup("").WithMetadata(Beside.Instance));
        _web.Run(RespondAsync);
    }

    public Uri Address => new(_web.Urls.First());

    /// <exception cref="FunctionsHostStartException">The port cannot be used.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _web.StartAsync(cancellationToken);
        }
        catch (IOException ex)
        {
            throw new FunctionsHostStartException($"The HTTP port cannot be used: {ex.Message}", ex);
        }
    }

    public void Serve(IEnumerable<HostedFunction> functions) => _endpoints.Set(functions, _settings.RoutePrefix, RespondAsync);

    /// <summary>Accepts no more; completes when the running requests have their responses.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _web.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _endpoints.Dispose();
        _slots?.Dispose();
    }

    private static WebApplication Build(FunctionsHostOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Checked before the body is read. Kestrel's own check would cut the connection before the caller has the response.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        builder.Services.AddRouting();
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.Services.AddSingleton<Microsoft.Extensions.Hosting.IHostLifetime, NoLifetime>();
        return builder.Build();
    }

    /// <summary>A request that arrives before the functions are known is routed again when they are.</summary>
    private RequestDelegate WaitForFunctions(RequestDelegate next) => async http =>
    {
        if (!_worker.Loaded.IsCompleted)
        {
            await next(http);
            if (!http.Items.Remove(Beside.Instance)) return;
            http.SetEndpoint(null);
            await _worker.Loaded.WaitAsync(http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await next(http);
    };

    private Task RespondAsync(HttpContext http)
    {
        foreach (var (name, value) in _settings.CustomHeaders) http.Response.Headers[name] = value;
        var endpoint = http.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<Beside>() is not null) return endpoint.RequestDelegate!(http);
        if (endpoint?.Metadata.GetMetadata<HostedFunction>() is { } function) return InvokeAsync(http, function, (HttpFunctionTrigger)function.Trigger);
        if (!_worker.Loaded.IsCompleted) http.Items[Beside.Instance] = true;
        else http.Response.StatusCode = _worker.Loaded.IsCompletedSuccessfully ? StatusCodes.Status404NotFound : StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    }

    private async Task InvokeAsync(HttpContext http, HostedFunction function, HttpFunctionTrigger trigger)
    {
        if (!trigger.IsAnonymous)
        {
            // There are no function keys here, so that none is the right one.
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        _running.Enter();
        try
        {
            if (Interlocked.Increment(ref _outstanding) > _settings.MaxOutstandingRequests && _settings.MaxOutstandingRequests > 0)
            {
                http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                return;
            }

            if (_slots is not null) await _slots.WaitAsync(http.RequestAborted);
            try
            {
                await ExchangeAsync(http, function, trigger);
            }
            finally
            {
                _slots?.Release();
            }
        }
        catch (BadHttpRequestException ex)
        {
            http.Response.StatusCode = ex.StatusCode;
        }
        catch (Exception ex) when (ex is IOException or OperationCanceledException)
        {
            // The caller has left: there is nobody to respond to.
            http.Abort();
        }
        catch (FunctionFailedException)
        {
            // It is in the log. As in the cloud the response is empty.
            if (!http.Response.HasStarted) http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
        finally
        {
            Interlocked.Decrement(ref _outstanding);
            _running.Leave();
        }
    }

    private async Task ExchangeAsync(HttpContext http, HostedFunction function, HttpFunctionTrigger trigger)
    {
        var request = await HttpMessages.ReadAsync(http.Request, trigger, _bodyLimit, _worker.UsesNullableValues);
        var response = HttpMessages.ResponseOf(await _worker.InvokeAsync(function, request, http.RequestAborted));
        if (response is null)
        {
            // Stricter than the cloud, where the caller would get an empty success.
            _log.Write(LogLevel.Error, HostLog.Function(function.Name), "The function gave no HTTP response.");
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }

        await HttpMessages.WriteAsync(http.Response, response);
    }

    /// <summary>Marks the routes that are not functions.</summary>
    private sealed class Beside
    {
        public static readonly Beside Instance = new();
    }

    private sealed class NoLifetime : Microsoft.Extensions.Hosting.IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
