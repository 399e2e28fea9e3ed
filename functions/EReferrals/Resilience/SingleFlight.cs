using System.Collections.Concurrent;

namespace EReferrals.Resilience;

/// <summary>One read for all who ask the same question at the same time. None of them can cancel it for the others.</summary>
internal sealed class SingleFlight<TQuestion, TAnswer> where TQuestion : notnull
{
    private readonly ConcurrentDictionary<TQuestion, Lazy<Task<TAnswer>>> _running = new();

    public Task<TAnswer> ReadAsync(TQuestion question, Func<Task<TAnswer>> read) =>
        _running.GetOrAdd(question, asked => new Lazy<Task<TAnswer>>(() => StartAsync(asked, read))).Value;

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
