using System.Net;
using System.Net.Sockets;

namespace EReferrals.Local;

/// <summary>Ports of the loopback interface.</summary>
internal static class FreePort
{
    // Below those that systems give to outgoing connections: one of these takes no port by chance before its server has bound it, or while that is stopped.
    private const int First = 20_000;
    private const int End = 32_768;
    private const int OfEachProcess = 64;

    private static int _next = unchecked(Environment.ProcessId * OfEachProcess);

    /// <summary>The port that was asked for, or a free one for 0.</summary>
    /// <exception cref="LocalStartException">The port is in use.</exception>
    public static int Take(int wanted)
    {
        if (wanted == 0) return Any();
        try
        {
            return Bind(wanted);
        }
        catch (SocketException ex)
        {
            throw new LocalStartException($"Port {wanted} cannot be used ({ex.Message}). Set EREFERRALS_PORT to another port.");
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

    // Never the same twice, and each process begins elsewhere: a port is free until its server binds it, also for whoever else looks for one.
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
