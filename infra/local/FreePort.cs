using System.Net;
using System.Net.Sockets;

namespace EReferrals.Local;

/// <summary>Ports of the loopback interface.</summary>
internal static class FreePort
{
    /// <summary>The port that was asked for, or a free one for 0.</summary>
    /// <exception cref="LocalStartException">The port is in use.</exception>
    public static int Take(int wanted)
    {
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

    private static int Bind(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
