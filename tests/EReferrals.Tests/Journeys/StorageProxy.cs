using EReferrals.Tests.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EReferrals.Tests.Journeys;

/// <summary>
/// A proxy in front of one endpoint of a storage account. It forwards every request or responds with 403, as an account does in which the app has no role. A
/// test can act before a request is forwarded and can drop its response.
/// </summary>
internal sealed class StorageProxy : IAsyncDisposable
{
    // Hop-by-hop headers belong to one connection, and each side has its own.
    private static readonly string[] OfTheConnection = ["Host", "Connection", "Keep-Alive", "Transfer-Encoding"];

    // The request signature covers the path as it was sent.
    private static readonly UriCreationOptions AsSent = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly HttpMessageInvoker _target = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
    private readonly WebApplication _server;
    private volatile string? _refused;

    private StorageProxy()
    {
        _server = LoopbackServer.Create();
        _server.Run(HandleAsync);
    }

    /// <summary>Refuses requests whose path contains this text; null refuses none.</summary>
    public string? Refused
    {
        set => _refused = value;
    }

    /// <summary>Called with each request before it is forwarded; null when there is nothing to do.</summary>
    public Func<ProxiedRequest, Task>? Before { get; set; }

    /// <summary>Selects requests that are forwarded and executed but get a 500 response.</summary>
    public Func<ProxiedRequest, bool>? IsResponseLost { get; set; }

    /// <summary>Whether a request is forwarded although its caller has gone, as by a network that delivers it late.</summary>
    public bool OutlivesCaller { get; set; }

    public Uri Address => new(_server.Urls.Single());

    /// <summary>The storage endpoint behind the proxy.</summary>
    public Uri Target { get; set; } = new("http://127.0.0.1:9");

    public static async Task<StorageProxy> StartAsync()
    {
        var proxy = new StorageProxy();
        await proxy._server.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _target.Dispose();
    }

    private Task HandleAsync(HttpContext context) =>
        _refused is { } part && context.Request.Path.Value?.Contains(part, StringComparison.Ordinal) == true ? RefuseAsync(context) : PassOnAsync(context);

    private static async Task RefuseAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        context.Response.StatusCode = 403;
        context.Response.Headers["x-ms-error-code"] = "AuthorizationPermissionMismatch";
    }

    private async Task PassOnAsync(HttpContext context)
    {
        var visit = await ReadAsync(context);
        if (Before is { } before) await before(visit);
        using var request = RequestOf(context);
        using var response = await _target.SendAsync(request, OutlivesCaller ? CancellationToken.None : context.RequestAborted);
        if (IsResponseLost?.Invoke(visit) == true)
        {
            context.Response.StatusCode = 500;
            return;
        }

        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
        {
            if (!OfTheConnection.Contains(name, StringComparer.OrdinalIgnoreCase)) context.Response.Headers[name] = values.ToArray();
        }

        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    // Reads the body only when a test needs it.
    private async Task<ProxiedRequest> ReadAsync(HttpContext context)
    {
        var (method, path) = (context.Request.Method, Uri.UnescapeDataString(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget));
        if (Before is null && IsResponseLost is null) return new ProxiedRequest(method, path, "");
        context.Request.EnableBuffering();
        using var reader = new StreamReader(context.Request.Body, leaveOpen: true);
        var body = Uri.UnescapeDataString(await reader.ReadToEndAsync(context.RequestAborted));
        context.Request.Body.Position = 0;
        return new ProxiedRequest(method, path, body);
    }

    private HttpRequestMessage RequestOf(HttpContext context)
    {
        var path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(Target.GetLeftPart(UriPartial.Authority) + path, AsSent));
        var hasBody = context.Request.ContentLength is not null || context.Request.Headers.TransferEncoding.Count > 0;
        if (hasBody) request.Content = new StreamContent(context.Request.Body);
        foreach (var (name, values) in context.Request.Headers)
        {
            if (OfTheConnection.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
            // The request rejects content headers, which belong to its content.
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        return request;
    }
}

/// <param name="Path">Path with its query, unescaped.</param>
internal sealed record ProxiedRequest(string Method, string Path, string Body);
