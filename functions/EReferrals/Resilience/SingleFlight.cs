using System.Collections.Concurrent;

namespace EReferrals.Resilience;

/// <summary>Concurrent callers with the same key share one read. No caller can cancel it for the others.</summary>
internal sealed class SingleFlight<TKey, TValue> where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Lazy<Task<TValue>>> _running = new();

    public Task<TValue> ReadAsync(TKey key, Func<Task<TValue>> read) =>
        _running.GetOrAdd(key, key => new Lazy<Task<TValue>>(() => StartAsync(key, read))).Value;

    private async Task<TValue> StartAsync(TKey key, Func<Task<TValue>> read)
    {
        try
        {
            return await read();
        }
        finally
        {
            _running.TryRemove(key, out _);
        }
    }
}
