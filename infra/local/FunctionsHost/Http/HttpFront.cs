using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Local.FunctionsHost.Http;

/// <summary>Serves the HTTP functions. Responds as the real host does when no function matches.</summary>
internal sealed class HttpFront : IAsyncDisposable
{
    private readonly HostJson.HttpSection _settings;
    private readonly WorkerSupervisor _worker;
    private readonly RunningCount _running;
    private readonly HostLog _log;
    private readonly ConcurrencyLimiter _slots;
    private readonly WebApplication _web;
    private readonly RouteGroupBuilder _routes;
    private readonly int _bodyLimit;
    private int _outstanding;

    public HttpFront(FunctionsHostOptions options, HostJson.HttpSection settings, WorkerSupervisor worker, RunningCount running, HostLog log)
    {
        (_settings, _worker, _running, _log) = (settings, worker, running, log);
        _bodyLimit = options.BodyLimit;
        var slots = settings.MaxConcurrentRequests > 0 ? settings.MaxConcurrentRequests : int.MaxValue;
        _slots = new ConcurrencyLimiter(new() { PermitLimit = slots, QueueLimit = int.MaxValue });
        _web = Build(options);
        if (options.RespondFirst is { } respondFirst) _web.Use(next => http => RespondFirstAsync(http, respondFirst, next));
        _web.Use(next => http => _worker.Loaded.IsCompletedSuccessfully ? next(http) : WaitAsync(http, next));
        _web.UseRouting();
        _routes = _web.MapGroup(settings.RoutePrefix);
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

    /// <summary>Registers the route of each HTTP function before the first request is passed to them.</summary>
    /// <exception cref="FunctionsHostStartException">A route cannot be read.</exception>
    public void Serve(IReadOnlyList<HostedFunction> functions)
    {
        foreach (var (order, function) in functions.Index())
        {
            if (function.Trigger is not HttpFunctionTrigger trigger) continue;
            try
            {
                var route = _routes.Map(trigger.Route, RespondAsync).WithOrder(order).WithMetadata(function);
                if (trigger.Methods.Count > 0) route.WithMetadata(new HttpMethodMetadata(trigger.Methods));
            }
            catch (RoutePatternException ex)
            {
                throw new FunctionsHostStartException($"The function '{function.Name}' has an invalid route '{trigger.Route}': {ex.Message}", ex);
            }
        }
    }

    /// <summary>Accepts no further requests and completes when the running requests have their responses.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _web.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        await _slots.DisposeAsync();
    }

    private static WebApplication Build(FunctionsHostOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Check the length before reading the body. Kestrel's own check would close the connection before the caller has the response.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        builder.Services.AddRouting();
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.Services.AddSingleton<Microsoft.Extensions.Hosting.IHostLifetime, NoLifetime>();
        return builder.Build();
    }

    private static async Task RespondFirstAsync(HttpContext http, Func<HttpContext, ValueTask<bool>> respond, RequestDelegate next)
    {
        if (!await respond(http)) await next(http);
    }

    /// <summary>Waits for the functions to be loaded and then routes the request.</summary>
    private async Task WaitAsync(HttpContext http, RequestDelegate next)
    {
        await _worker.Loaded.WaitAsync(http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_worker.Loaded.IsCompletedSuccessfully) await next(http);
        else http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
    }

    private Task RespondAsync(HttpContext http)
    {
        foreach (var (name, value) in _settings.CustomHeaders) http.Response.Headers[name] = value;
        if (http.GetEndpoint()?.Metadata.GetMetadata<HostedFunction>() is { } function)
        {
            return InvokeAsync(http, function, (HttpFunctionTrigger)function.Trigger);
        }

        // The Functions host does not distinguish an unknown route from an unknown method.
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private async Task InvokeAsync(HttpContext http, HostedFunction function, HttpFunctionTrigger trigger)
    {
        if (!trigger.IsAnonymous)
        {
            // There are no function keys here, so that every key is wrong.
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

            using var slot = await _slots.AcquireAsync(1, http.RequestAborted);
            await ExchangeAsync(http, function, trigger);
        }
        catch (BadHttpRequestException ex)
        {
            http.Response.StatusCode = ex.StatusCode;
        }
        catch (Exception ex) when (ex is IOException or OperationCanceledException)
        {
            // The caller has disconnected, so that there is no response to send.
            http.Abort();
        }
        catch (FunctionFailedException)
        {
            // The error is in the log. As in the cloud, the response is empty.
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
        var request = await HttpMessages.ReadAsync(http.Request, trigger, _bodyLimit);
        var response = HttpMessages.ResponseOf(await _worker.InvokeAsync(function, request, http.RequestAborted));
        if (response is null)
        {
            // Stricter than the cloud, where the caller would get an empty success.
            _log.Write(LogLevel.Error, HostLog.Function(function.Name), "The function returned no HTTP response.");
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }

        await HttpMessages.WriteAsync(http.Response, response);
    }

    private sealed class NoLifetime : Microsoft.Extensions.Hosting.IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
