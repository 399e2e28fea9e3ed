using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using Microsoft.Extensions.Logging;

namespace EReferrals.Worklists.Reading;

/// <summary>Reads the tables with a limit of two seconds. A circuit breaker skips the read, and the wait, while they do not respond.</summary>
public sealed partial class LiveReads(TimeProvider clock, ILogger<LiveReads> logger)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly CircuitBreaker _breaker = new(clock);

    /// <summary>Null when the tables do not respond in time. The caller then shows a copy.</summary>
    /// <param name="list">For the log; null when the read covers several lists.</param>
    public async Task<T?> TryAsync<T>(Worklist? list, Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken) where T : class
    {
        if (!_breaker.MayTry()) return null;
        using var limit = new CancellationTokenSource(Limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var result = await read(either.Token).WaitAsync(either.Token);
            _breaker.Succeeded();
            return result;
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            _breaker.Failed();
            Log.NotLive(logger, list is { } single ? Code.From(single) : "The summary of the worklists", ex);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1301, LogLevel.Warning, "{What} could not be read from the tables; readers get a copy if there is one")]
        public static partial void NotLive(ILogger logger, string what, Exception failure);
    }
}
