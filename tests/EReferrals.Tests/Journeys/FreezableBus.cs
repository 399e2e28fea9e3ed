using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace EReferrals.Tests.Journeys;

/// <summary>
/// A proxy for the bus. While it is frozen, connections stay open and no data passes; it can also hold back only what the bus answers, break every
/// connection, and refuse new ones.
/// </summary>
internal sealed class FreezableBus : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closed = new();
    private readonly ConcurrentDictionary<TcpClient, bool> _callers = new();
    private volatile TaskCompletionSource _requests = Opened();
    private volatile TaskCompletionSource _answers = Opened();
    private volatile bool _isRefusing;
    private Task _work = Task.CompletedTask;

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Start(int target)
    {
        _listener.Start();
        _work = AcceptAsync(target);
    }

    public void Freeze()
    {
        _requests = Closed();
        _answers = Closed();
    }

    public void HoldAnswers() => _answers = Closed();

    public void Thaw()
    {
        _requests.TrySetResult();
        _answers.TrySetResult();
    }

    public void BreakConnections()
    {
        foreach (var caller in _callers.Keys) caller.Close();
    }

    /// <summary>Breaks every connection, and each new one as soon as it is made, until the next call with <see langword="false"/>.</summary>
    public void Refuse(bool refuses)
    {
        _isRefusing = refuses;
        if (refuses) BreakConnections();
    }

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
            if (_isRefusing) caller.Close();
            else _ = PassAsync(caller, target);
        }
    }

    private async Task PassAsync(TcpClient caller, int target)
    {
        using (caller)
        using (var bus = new TcpClient())
        {
            _callers[caller] = true;
            try
            {
                await bus.ConnectAsync(IPAddress.Loopback, target, _closed.Token);
                await Task.WhenAny(
                    CopyAsync(caller.GetStream(), bus.GetStream(), () => _requests), CopyAsync(bus.GetStream(), caller.GetStream(), () => _answers));
            }
            catch (Exception ex) when (ex is IOException or SocketException or OperationCanceledException or InvalidOperationException)
            {
                // One side has closed its connection, so that the proxy closes the other.
            }
            finally
            {
                _callers.TryRemove(caller, out _);
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, Func<TaskCompletionSource> open)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, _closed.Token) is > 0 and var read)
        {
            await open().Task.WaitAsync(_closed.Token);
            await to.WriteAsync(buffer.AsMemory(0, read), _closed.Token);
        }
    }

    private static TaskCompletionSource Closed() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource Opened()
    {
        var open = Closed();
        open.SetResult();
        return open;
    }
}
