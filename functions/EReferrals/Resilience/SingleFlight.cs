using System.Collections.Concurrent;

namespace EReferrals.Resilience;

/// <summary>Concurrent callers with the same question share one read. No caller can cancel it for the others.</summary>
internal sealed class SingleFlight<TQuestion, TAnswer> where TQuestion : notnull
{
    private readonly ConcurrentDictionary<TQuestion, Lazy<Task<TAnswer>>> _running = new();

    public Task<TAnswer> ReadAsync(TQuestion question, Func<Task<TAnswer>> read) =>
        _running.GetOrAdd(question, key => new Lazy<Task<TAnswer>>(() => StartAsync(key, read))).Value;

    private async Task<TAnswer> StartAsync(TQuestion question, Func<Task<TAnswer>> read)
    {
        try
        {
            return await read();
        }
        finally
        {
            _running.TryRemove(question, out _);
        }
    }
}
