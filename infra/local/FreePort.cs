using System.Net;
using System.Net.Sockets;

namespace EReferrals.Local;

/// <summary>Finds ports of the loopback interface.</summary>
internal static class FreePort
{
    // Below the range for outgoing connections, so that an outgoing connection never takes a port before its server binds it or while the server is stopped.
    private const int First = 20_000;
    private const int End = 32_768;
    private const int OfEachProcess = 64;

    private static int _next = unchecked(Environment.ProcessId * OfEachProcess);

    /// <summary>Returns the given port, or a free one for 0.</summary>
    /// <exception cref="LocalStartException">The port is in use.</exception>
    public static int Take(int requested)
    {
        if (requested == 0) return Any();
        try
        {
            return Bind(requested);
        }
        catch (SocketException ex)
        {
            throw new LocalStartException($"Port {requested} cannot be used ({ex.Message}). Set EREFERRALS_PORT to another port.");
        }
    }

    public static bool IsFree(int port)
    {
        try
        {
            return Bind(port) == port;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // Never returns the same port twice, and each process starts at another one, because a port stays free for others until its server binds it.
    private static int Any()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % (End - First));
            if (IsFree(port)) return port;
        }
    }

    private static int Bind(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
