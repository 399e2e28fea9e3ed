using Microsoft.Extensions.Logging;

namespace EReferrals.Resilience;

/// <summary>
/// Runs the parts of a timer function concurrently. Azure keeps instances ready, at a cost, for every timer function, so that several parts share one. A part
/// does not wait for another and does not fail with it. A part that exceeds the limit is cancelled, and abandoned if it ignores its token.
/// </summary>
public sealed partial class TimerParts(TimeProvider clock, ILogger<TimerParts> logger)
{
    /// <summary>The limit of a timer that is due every minute: the run ends before the next one is due.</summary>
    public static readonly TimeSpan WithinAMinute = TimeSpan.FromSeconds(50);

    private static readonly TimeSpan ToStop = TimeSpan.FromSeconds(2);

    /// <exception cref="TimerPartsFailedException">A part failed or timed out. The other parts have ended too.</exception>
    public async Task RunAsync(TimeSpan limit, CancellationToken cancellationToken, params TimerPart[] parts)
    {
        var failures = await Task.WhenAll(parts.Select(part => FailureOfAsync(part, limit, cancellationToken)));
        // The platform stops the run: the next run does the rest.
        cancellationToken.ThrowIfCancellationRequested();
        var failed = parts.Zip(failures).Where(each => each.Second is not null).ToList();
        if (failed.Count == 0) return;
        throw new TimerPartsFailedException(
            [.. failed.Select(each => each.First.Name)], new AggregateException(failed.Select(each => each.Second!)));
    }

    private async Task<Exception?> FailureOfAsync(TimerPart part, TimeSpan limit, CancellationToken cancellationToken)
    {
        var timeout = new CancellationTokenSource(limit, clock);
        var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        // On a thread of its own: a part that blocks must not delay the start of the next.
        var work = Task.Run(() => part.RunAsync(either.Token), CancellationToken.None);
        Abandonable.DisposeAfter(work, either, timeout);
        try
        {
            await work.WaitAsync(limit + ToStop, clock, CancellationToken.None);
            return null;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception ex)
        {
            Log.Failed(logger, part.Name, ex);
            return ex;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2701, LogLevel.Error, "{Part} failed or timed out; the next run of the timer retries")]
        public static partial void Failed(ILogger logger, string part, Exception ex);
    }
}
