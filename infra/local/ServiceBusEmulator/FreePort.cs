using System.Net;
using System.Net.Sockets;

namespace EReferrals.Local.ServiceBusEmulator;

/// <summary>Finds ports of the loopback interface.</summary>
internal static class FreePort
{
    // Below the range for outgoing connections, so that an outgoing connection never takes a port before its server binds it or while the server is stopped.
    private const int First = 20_000;
    private const int End = 32_768;
    private const int OfEachProcess = 64;

    private static int _next = unchecked(Environment.ProcessId * OfEachProcess);

    // Never returns the same port twice, and each process starts at another one, because a port stays free for others until its server binds it.
    public static int Take()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % (End - First));
            if (Problem(port) is null) return port;
        }
    }

    /// <summary>Returns why the port cannot be used; null when it is free.</summary>
    public static string? Problem(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return null;
        }
        catch (SocketException ex)
        {
            return ex.Message;
        }
    }
}
