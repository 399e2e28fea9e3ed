using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace EReferrals.LocalRuntime.Host;

/// <summary>Serves the HTTP functions on Kestrel, and the answers that the Functions host gives by itself.</summary>
internal sealed class FrontDoor : IAsyncDisposable
{
    private readonly WebApplication web;
    private readonly HostJson.HttpSection options;
    private readonly FrontDoorSettings settings;
    private readonly FunctionRunner runner;
    private readonly Func<HttpContext, ValueTask<bool>> local;
    private readonly SemaphoreSlim? slots;
    private readonly byte[] functionKey;
    private int outstanding;

    /// <param name="local">Everything under /local, and what the local host answers in place of a function; false falls through.</param>
    public FrontDoor(
        IEnumerable<LocalFunction> functions, HostJson.HttpSection options, FrontDoorSettings settings, FunctionRunner runner,
        Socket socket, Func<HttpContext, ValueTask<bool>> local, ILoggerFactory loggers)
    {
        (this.options, this.settings, this.runner, this.local) = (options, settings, runner, local);
        slots = options.MaxConcurrentRequests > 0 ? new SemaphoreSlim(options.MaxConcurrentRequests) : null;
        functionKey = Encoding.UTF8.GetBytes(settings.FunctionKey);
        web = Build(socket, loggers);
        ((IEndpointRouteBuilder)web).DataSources.Add(new DefaultEndpointDataSource(functions
            .Where(function => function.Trigger is HttpFunctionTrigger).Select(Endpoint)));
        web.UseRouting();
        web.Run(AnswerAsync);
    }

    public Task StartAsync(CancellationToken cancellation) => web.StartAsync(cancellation);

    /// <summary>Accepts no more; completes when the running requests are answered.</summary>
    public Task StopAsync(CancellationToken cancellation) => web.StopAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await web.DisposeAsync();
        slots?.Dispose();
    }

    private static WebApplication Build(Socket socket, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Counted below: Kestrel counts the framing of a chunked body as well.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen((IPEndPoint)socket.LocalEndPoint!);
        });
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = _ => socket);
        builder.Services.AddRouting();
        builder.Services.Replace(ServiceDescriptor.Singleton(loggers));
        // Ctrl-C belongs to the outer host.
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, NoLifetime>());
        return builder.Build();
    }

    private RouteEndpoint Endpoint(LocalFunction function)
    {
        var trigger = (HttpFunctionTrigger)function.Trigger;
        var path = options.RoutePrefix.Length == 0 ? trigger.Route : $"{options.RoutePrefix}/{trigger.Route}";
        try
        {
            var metadata = new EndpointMetadataCollection(
                trigger.Methods.Count == 0 ? [function] : [function, new HttpMethodMetadata(trigger.Methods)]);
            return new RouteEndpoint(AnswerAsync, RoutePatternFactory.Parse(path), 0, metadata, function.Name);
        }
        catch (RoutePatternException e)
        {
            throw new LocalRuntimeStartException($"'{function.Name}' has a bad route '{path}': {e.Message}");
        }
    }

    private async Task AnswerAsync(HttpContext http)
    {
        foreach (var (name, value) in options.CustomHeaders) http.Response.Headers[name] = value;
        if (await local(http)) return;
        var function = http.GetEndpoint()?.Metadata.GetMetadata<LocalFunction>();
        if (function is null)
        {
            // No such route, or no such method on it: the Functions host makes no difference.
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (!IsAllowed(http.Request, ((HttpFunctionTrigger)function.Trigger).Level))
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        await ThrottleAsync(http, function);
    }

    private async Task ThrottleAsync(HttpContext http, LocalFunction function)
    {
        try
        {
            if (Interlocked.Increment(ref outstanding) > options.MaxOutstandingRequests && options.MaxOutstandingRequests > 0)
            {
                http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                return;
            }

            if (slots is not null) await slots.WaitAsync(http.RequestAborted);
            try
            {
                await RunAsync(http, function);
            }
            finally
            {
                slots?.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref outstanding);
        }
    }

    private async Task RunAsync(HttpContext http, LocalFunction function)
    {
        HttpInput input;
        try
        {
            input = new HttpInput(http.Request, await ReadBodyAsync(http.Request));
        }
        catch (BadHttpRequestException e)
        {
            http.Response.StatusCode = e.StatusCode;
            return;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The caller left in the middle of the body: no function runs, and nobody is there to be told.
            http.Abort();
            return;
        }

        try
        {
            await runner.RunAsync(function, input, http.RequestAborted);
        }
        catch
        {
            // The runner has logged it. As in the cloud the answer has no body: the caller learns nothing from an error nobody foresaw.
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }

        await WriteAsync(http.Response, input.Response!, http.RequestAborted);
    }

    private async Task<MemoryStream> ReadBodyAsync(HttpRequest request)
    {
        if (request.ContentLength is 0 || (request.ContentLength is null && !request.Headers.ContainsKey("Transfer-Encoding")))
            return new MemoryStream();
        if (request.ContentLength > settings.BodyLimit) throw TooLarge();
        if (request.ContentLength is { } length)
        {
            var bytes = new byte[length];
            await request.Body.ReadExactlyAsync(bytes, request.HttpContext.RequestAborted);
            return new MemoryStream(bytes, 0, bytes.Length, writable: false, publiclyVisible: true);
        }

        var body = new MemoryStream();
        var piece = new byte[64 * 1024];
        while (await request.Body.ReadAsync(piece, request.HttpContext.RequestAborted) is > 0 and var read)
        {
            body.Write(piece, 0, read);
            if (body.Length > settings.BodyLimit) throw TooLarge();
        }

        body.Position = 0;
        return body;

        static BadHttpRequestException TooLarge() => new("The body is too large.", StatusCodes.Status413PayloadTooLarge);
    }

    private static async Task WriteAsync(HttpResponse http, HttpResponseData response, CancellationToken aborted)
    {
        http.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.NonValidated)
        {
            if (name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase)) http.Headers[name] = values.ToArray();
            else http.Headers[name] = values.Count == 1 ? values.ToString() : string.Join(",", values);
        }

        ((MemoryStream)response.Body).TryGetBuffer(out var body);
        if (http.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified) return;
        http.ContentLength = body.Count;
        if (body.Count > 0 && !HttpMethods.IsHead(http.HttpContext.Request.Method))
            await http.Body.WriteAsync(body, aborted);
    }

    private bool IsAllowed(HttpRequest request, AuthorizationLevel level)
    {
        if (level == AuthorizationLevel.Anonymous) return true;
        var given = request.Headers["x-functions-key"].ToString();
        if (given.Length == 0) given = request.Query["code"].ToString();
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), functionKey);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

internal sealed record FrontDoorSettings(string FunctionKey, long BodyLimit);
