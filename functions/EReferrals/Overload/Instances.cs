using EReferrals.Resilience;
using EReferrals.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.Overload;

/// <summary>
/// Counts the instances that answer callers, so that each enforces its share of a limit. An instance that answered one in the last half minute writes a row
/// every ten seconds, and reads those of the others. While the table does not respond, the last number counts; at first that is this instance alone.
/// </summary>
public sealed partial class Instances(InstanceRows rows, Settings settings, TimeProvider clock, ILogger<Instances> logger) : BackgroundService
{
    internal static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>Three periods, so that one late row does not change the number.</summary>
    internal static readonly TimeSpan Live = TimeSpan.FromSeconds(30);

    private readonly string _id = Guid.NewGuid().ToString("N");
    private long _answeredAt;
    private int _count = 1;

    /// <summary>At least 1.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Says that this instance answers callers. Instances that only work on queues have no part in a limit.</summary>
    internal void Answered() => Volatile.Write(ref _answeredAt, clock.GetTimestamp());

    internal async Task BeatAsync(CancellationToken cancellationToken)
    {
        try
        {
            var now = clock.GetUtcNow();
            var answered = Volatile.Read(ref _answeredAt);
            if (answered != 0 && clock.GetElapsedTime(answered) < Live) await rows.BeatAsync(_id, now, cancellationToken);
            Volatile.Write(ref _count, 1 + await rows.CountOthersAsync(_id, now - Live, cancellationToken));
        }
        catch (Exception ex) when (!Transient.IsStop(ex, cancellationToken))
        {
            // Catches every exception: one that leaves the loop would stop the service.
            Log.NotCounted(logger, Count, ex);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.RateLimit is null && settings.RefusalsPerMinute is null) return;
        while (!stoppingToken.IsCancellationRequested)
        {
            await BeatAsync(stoppingToken);
            await Task.Delay(Period, clock, stoppingToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2101, LogLevel.Warning, "The instances could not be counted; limits are shared between the last known number, {Count}")]
        public static partial void NotCounted(ILogger logger, int count, Exception failure);
    }
}
