using System.Collections.Concurrent;

namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>Processes posted items one at a time and in order on the thread pool. Items that arrive together are processed together.</summary>
/// <param name="process">Its second argument is true when more items are waiting.</param>
/// <param name="fail">Receives exceptions of <paramref name="process"/>. Processing continues.</param>
internal sealed class SerialQueue<T>(Action<T, bool> process, Action<Exception> fail) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<T> _items = new();
    private int _count;

    public void Post(T item)
    {
        _items.Enqueue(item);
        if (Interlocked.Increment(ref _count) == 1) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void Execute()
    {
        int done;
        do
        {
            done = 0;
            while (_items.TryDequeue(out var item))
            {
                done++;
                Process(item);
            }
        }
        while (Interlocked.Add(ref _count, -done) != 0);
    }

    private void Process(T item)
    {
        try
        {
            process(item, !_items.IsEmpty);
        }
        catch (Exception ex)
        {
            fail(ex);
        }
    }
}
