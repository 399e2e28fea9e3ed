using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using Microsoft.Extensions.Logging;

namespace EReferrals.Worklists.Reading;

/// <summary>Reads the tables for as long as they answer within two seconds, and spares readers the wait while they do not.</summary>
public sealed partial class LiveReads(TimeProvider clock, ILogger<LiveReads> logger)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly CircuitBreaker _breaker = new(clock);

    /// <summary>Null when the tables do not answer: show a copy.</summary>
    /// <param name="list">Null when several are read at once.</param>
    public async Task<T?> TryAsync<T>(Worklist? list, Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken) where T : class
    {
        if (!_breaker.MayTry()) return null;
        using var limit = new CancellationTokenSource(Limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var found = await read(either.Token).WaitAsync(either.Token);
            _breaker.Succeeded();
            return found;
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            _breaker.Failed();
            Log.NotLive(logger, list is { } one ? Code.From(one) : "The list of worklists", ex);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4001, LogLevel.Warning, "{What} could not be read from the tables; a copy is shown if there is one")]
        public static partial void NotLive(ILogger logger, string what, Exception unreachable);
    }
}
