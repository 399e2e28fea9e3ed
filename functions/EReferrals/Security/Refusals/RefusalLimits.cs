using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Overload;
using EReferrals.Resilience;
using EReferrals.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.Security.Refusals;

/// <summary>
/// Limits refused calls before their audit entry is written: by the subject of a valid token, otherwise by the address that the call comes from, and never by
/// what a caller only claims. Within the limit each refusal is audited at once, and repeats of the same one are counted. Above it the answer is 429 and the
/// refusals are only counted. Once a minute each count becomes one audit entry. Calls that are permitted are never limited here.
/// </summary>
public sealed partial class RefusalLimits : BackgroundService
{
    // Callers without a valid token choose how many addresses there are.
    private const int MostCallers = 10_000;
    private const int MostSums = 1_000;

    internal static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Settings _settings;
    private readonly Func<int> _instances;
    private readonly Func<AuditEntry, CancellationToken, Task> _write;
    private readonly ServiceTelemetry _telemetry;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly TokenBuckets _buckets;
    private readonly RefusalTally _tally = new(MostSums);

    public RefusalLimits(
        Settings settings, Instances instances, AuditTrail audit, ServiceTelemetry telemetry, TimeProvider clock, ILogger<RefusalLimits> logger)
        : this(settings, () => instances.Count, audit.WriteAsync, telemetry, clock, logger)
    {
    }

    internal RefusalLimits(
        Settings settings,
        Func<int> instances,
        Func<AuditEntry, CancellationToken, Task> write,
        ServiceTelemetry telemetry,
        TimeProvider clock,
        ILogger<RefusalLimits> logger)
    {
        (_settings, _instances, _write, _telemetry, _clock, _logger) = (settings, instances, write, telemetry, clock, logger);
        _buckets = new TokenBuckets(MostCallers, clock);
    }

    /// <summary>By whom the refusals of a caller with a valid token are counted.</summary>
    internal static string SubjectOf(string subject) => $"subject {subject}";

    /// <summary>Records a refusal. Returns the problem (429) when the caller has been refused too often; null when the refusal itself is the answer.</summary>
    /// <param name="by">The subject or the address.</param>
    /// <param name="isAudited">Whether a refusal within the limit is audited. Those above it always are, as a count.</param>
    internal async Task<Problem?> RecordAsync(string by, AuditEntry entry, bool isAudited, CancellationToken cancellationToken)
    {
        if (_settings.RefusalsPerMinute is not { } limit)
        {
            if (isAudited) await _write(entry, cancellationToken);
            return null;
        }

        var share = RateShare.Of(new RateLimitSettings(limit / Period.TotalSeconds, limit), _instances());
        var verdict = _buckets.Take(by, share, limit);
        if (verdict.IsAllowed)
        {
            if (isAudited && _tally.IsFirst(by, entry)) await _write(entry, cancellationToken);
            return null;
        }

        _tally.Add(by, entry);
        _telemetry.Shed("refused");
        return Problem.TooManyRequests(
            "Too many of your requests were refused. Correct the cause, which the earlier responses state, and wait for the time in Retry-After.",
            Jitter.Above(verdict.Next));
    }

    /// <summary>Writes the counts. Those that cannot be written are kept for the next time.</summary>
    internal async Task SumUpAsync(CancellationToken cancellationToken)
    {
        var failures = new List<Exception>();
        await Task.WhenAll(_tally.Take().Select(async entry =>
        {
            try
            {
                await _write(entry, cancellationToken);
            }
            catch (Exception ex)
            {
                // Catches every exception: no count may be lost, and one that leaves the loop would stop the service.
                _tally.Add($"{entry.User} {entry.Source}", entry, entry.Count ?? 1);
                lock (failures) failures.Add(ex);
            }
        }));
        if (failures.Count > 0) Log.NotWritten(_logger, failures.Count, failures[0]);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_settings.RefusalsPerMinute is null) return;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Period, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Also when the instance stops.
            await SumUpAsync(CancellationToken.None);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2404, LogLevel.Warning, "{Count} sums of refused calls could not be written to the audit trail; they are kept and written later")]
        public static partial void NotWritten(ILogger logger, int count, Exception failure);
    }
}
