using EReferrals.Resilience;
using EReferrals.Status.Health;
using EReferrals.Storage.Blobs;
using EReferrals.Telemetry;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status.Canary;

/// <summary>
/// Shares the results of the canaries between instances. The record is one blob in the contingency account; an instance that cannot write it uses the
/// results that it measured itself.
/// </summary>
public sealed partial class CanaryWatch
{
    private readonly SharedDocument<CanaryHistory> _document;
    private readonly SharedResult<CanaryReading> _shared;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly DateTimeOffset _startedAt;
    private volatile CanaryReading _last = new(CanaryHistory.Empty, null);
    private CanaryRun[] _unsaved = [];

    public CanaryWatch(SharedDocuments documents, ServiceTelemetry telemetry, TimeProvider clock, ILogger<CanaryWatch> logger)
    {
        _document = documents.Open("canary.json", StoredStatusJson.Default.CanaryHistory, CanaryHistory.Empty);
        _shared = new SharedResult<CanaryReading>(TimeSpan.FromSeconds(5), ServiceStatus.Patience, clock, ReadAsync);
        _clock = clock;
        _logger = logger;
        _startedAt = clock.GetUtcNow();
        telemetry.ObserveCanary(() => clock.GetUtcNow() - _last.History.LastSeen);
    }

    public async Task<CanaryHistory> HistoryAsync() => (await _shared.GetAsync()).History;

    public async Task<CanaryStatus> StatusAsync()
    {
        var reading = await _shared.GetAsync();
        return CanaryStatus.From(reading.History, reading.ReadAt, _startedAt, _clock.GetUtcNow());
    }

    /// <summary>Records a run. Runs must not overlap. A run that cannot be written now is written with the next one.</summary>
    public async Task RecordAsync(CanaryRun run, CancellationToken cancellationToken)
    {
        _unsaved = [.. _unsaved.Where(earlier => run.Sample.At - earlier.Sample.At <= CanaryHistory.Kept), run];
        try
        {
            var saved = await _document.ChangeAsync(WithUnsaved, cancellationToken);
            _unsaved = [];
            Update(saved);
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            Log.NotWritten(_logger, ex);
            Update(WithUnsaved(_last.History));
        }
    }

    private CanaryHistory WithUnsaved(CanaryHistory history) => _unsaved.Aggregate(history, (total, run) => total.With(run));

    // Does not throw: returns the last reading, with its time, when the record cannot be read.
    private async Task<CanaryReading> ReadAsync()
    {
        try
        {
            var readAt = _clock.GetUtcNow();
            var history = await TimeLimit.WithinAsync(_clock, _document.ReadAsync);
            return _last = new CanaryReading(WithUnsaved(history), readAt);
        }
        catch (Exception ex)
        {
            Log.NotRead(_logger, ex);
            return _last;
        }
    }

    private void Update(CanaryHistory history) => _shared.Put(_last = new CanaryReading(history, _clock.GetUtcNow()));

    private sealed record CanaryReading(CanaryHistory History, DateTimeOffset? ReadAt);

    private static partial class Log
    {
        [LoggerMessage(2205, LogLevel.Warning, "Could not read the canary record; using the last one that this instance has")]
        public static partial void NotRead(ILogger logger, Exception failure);

        [LoggerMessage(2206, LogLevel.Warning, "Could not write the canary record; the next run writes it")]
        public static partial void NotWritten(ILogger logger, Exception ex);
    }
}
