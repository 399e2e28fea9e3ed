using System.Threading.Channels;

namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>Processes posted items one at a time and in order on the thread pool. Items that arrive together are processed together.</summary>
internal sealed class SerialQueue<T>
{
    private readonly Channel<T> _items = Channel.CreateUnbounded<T>(new UnboundedChannelOptions { SingleReader = true });

    /// <param name="process">Its second argument is true when more items are waiting.</param>
    /// <param name="fail">Receives exceptions of <paramref name="process"/>. Processing continues.</param>
    public SerialQueue(Action<T, bool> process, Action<Exception> fail) => _ = ProcessAsync(process, fail);

    public void Post(T item) => _items.Writer.TryWrite(item);

    private async Task ProcessAsync(Action<T, bool> process, Action<Exception> fail)
    {
        await foreach (var item in _items.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                process(item, _items.Reader.TryPeek(out _));
            }
            catch (Exception ex)
            {
                fail(ex);
            }
        }
    }
}
