using System.Collections.Concurrent;
using System.Text;
using EReferrals.Tests.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace EReferrals.Tests.Telemetry;

/// <summary>A collector that takes OpenTelemetry over HTTP and keeps what it was sent.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _server;

    private Collector()
    {
        _server = LoopbackServer.Create();
        _server.Run(KeepAsync);
    }

    public string Address => _server.Urls.Single();

    /// <summary>The path of each request and its body, whose protobuf fields contain names as they are.</summary>
    public ConcurrentQueue<(string Path, string Body)> Received { get; } = new();

    public static async Task<Collector> StartAsync()
    {
        var collector = new Collector();
        await collector._server.StartAsync();
        return collector;
    }

    public bool Has(string path, string name) => Received.Any(sent => sent.Path == path && sent.Body.Contains(name, StringComparison.Ordinal));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task KeepAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Received.Enqueue((context.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
    }
}
