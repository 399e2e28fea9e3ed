using System.Collections.Concurrent;

namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>Works through what is posted, one after the other and in order, on the pool: what comes together is done together.</summary>
/// <param name="process">The second argument is true when more is waiting behind this one.</param>
/// <param name="fail">Gets what <paramref name="process"/> throws; the rest goes on.</param>
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
