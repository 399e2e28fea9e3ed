using System.Net;
using System.Net.Sockets;

namespace EReferrals.Local.Tests;

public sealed class EmulatorPortTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emulator-port-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_bus_gets_other_ports_when_another_process_has_taken_one_of_the_first()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var ports = new Queue<int>([Free(), Port(other), Free(), Free()]);

        await using var emulator = await EmulatorProcess.StartAsync(
            Path.Combine(_folder.FullName, "bus.db"), ports.Dequeue, _ => { }, CancellationToken.None);

        Assert.True(emulator.IsRunning);
        Assert.Empty(ports);
    }

    private static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return Port(listener);
    }

    private static int Port(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
