using System.Net;
using System.Net.Sockets;

namespace EReferrals.Tests.Journeys;

/// <summary>A proxy for the bus. While it is frozen, connections stay open and no data passes.</summary>
internal sealed class FreezableBus : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closed = new();
    private volatile TaskCompletionSource _open = Opened();
    private Task _work = Task.CompletedTask;

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Start(int target)
    {
        _listener.Start();
        _work = AcceptAsync(target);
    }

    public void Freeze() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw() => _open.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Thaw();
        await _closed.CancelAsync();
        _listener.Stop();
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closed.Dispose();
    }

    private async Task AcceptAsync(int target)
    {
        while (!_closed.IsCancellationRequested)
        {
            var caller = await _listener.AcceptTcpClientAsync(_closed.Token);
            _ = PassAsync(caller, target);
        }
    }

    private async Task PassAsync(TcpClient caller, int target)
    {
        using (caller)
        using (var bus = new TcpClient())
        {
            try
            {
                await bus.ConnectAsync(IPAddress.Loopback, target, _closed.Token);
                await Task.WhenAny(CopyAsync(caller.GetStream(), bus.GetStream()), CopyAsync(bus.GetStream(), caller.GetStream()));
            }
            catch (Exception ex) when (ex is IOException or SocketException or OperationCanceledException)
            {
                // One side has closed its connection, so that the proxy closes the other.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, _closed.Token) is > 0 and var read)
        {
            await _open.Task.WaitAsync(_closed.Token);
            await to.WriteAsync(buffer.AsMemory(0, read), _closed.Token);
        }
    }

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }
}
