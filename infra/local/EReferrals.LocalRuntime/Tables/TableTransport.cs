using System.Net;
using Azure.Core.Pipeline;

namespace Azure.Data.Tables;

/// <summary>One connection pool for every client of the process.</summary>
internal static class TableTransport
{
    public static HttpClientTransport Shared { get; } = new(new HttpClient(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxConnectionsPerServer = 1024,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        Proxy = new DirectToLoopback(HttpClient.DefaultProxy),
    })
    {
        // The pipeline's own NetworkTimeout (ClientOptions.Retry) is the one that counts.
        Timeout = Timeout.InfiniteTimeSpan,
    });

    // An HTTP_PROXY of the machine must not be asked to reach an emulator on the same machine.
    private sealed class DirectToLoopback(IWebProxy inner) : IWebProxy
    {
        public ICredentials? Credentials { get => inner.Credentials; set => inner.Credentials = value; }

        public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : inner.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.IsLoopback || inner.IsBypassed(host);
    }
}
