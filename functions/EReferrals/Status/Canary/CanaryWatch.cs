using EReferrals.Resilience;
using EReferrals.Status.Health;
using EReferrals.Storage.Blobs;
using EReferrals.Telemetry;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status.Canary;

/// <summary>
/// What every instance knows of the canaries, whichever instance ran them. The record is one blob in the contingency account; an instance that
/// cannot write it goes by what it saw itself.
/// </summary>
public sealed partial class CanaryWatch
{
    private readonly SharedDocument<CanaryHistory> _document;
    private readonly SharedAnswer<CanaryReading> _answer;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly DateTimeOffset _startedAt;
    private volatile CanaryReading _last = new(CanaryHistory.Empty, null);
    private CanaryRun[] _unsaved = [];

    public CanaryWatch(SharedDocuments documents, ServiceTelemetry telemetry, TimeProvider clock, ILogger<CanaryWatch> logger)
    {
        _document = documents.Open("canary.json", StoredStatusJson.Default.CanaryHistory, CanaryHistory.Empty);
        _answer = new SharedAnswer<CanaryReading>(TimeSpan.FromSeconds(5), ServiceStatus.Patience, clock, ReadAsync);
        _clock = clock;
        _logger = logger;
        _startedAt = clock.GetUtcNow();
        telemetry.ObserveCanary(() => clock.GetUtcNow() - _last.History.LastSeen);
    }

    public async Task<CanaryHistory> HistoryAsync() => (await _answer.GetAsync()).History;

    public async Task<CanaryStatus> StatusAsync()
    {
        var reading = await _answer.GetAsync();
        return CanaryStatus.From(reading.History, reading.ReadAt, _startedAt, _clock.GetUtcNow());
    }

    /// <summary>Called by one canary at a time. What cannot be written now is written with the next one.</summary>
    public async Task RecordAsync(CanaryRun run, CancellationToken cancellationToken)
    {
        _unsaved = [.. _unsaved.Where(earlier => run.Sample.At - earlier.Sample.At <= CanaryHistory.Kept), run];
        try
        {
            var saved = await _document.ChangeAsync(WithUnsaved, cancellationToken);
            _unsaved = [];
            Know(saved);
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            Log.NotWritten(_logger, ex);
            Know(WithUnsaved(_last.History));
        }
    }

    private CanaryHistory WithUnsaved(CanaryHistory history) => _unsaved.Aggregate(history, (known, run) => known.With(run));

    // Does not throw: what was known is the answer, with the time from which it is.
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

    private void Know(CanaryHistory history) => _answer.Put(_last = new CanaryReading(history, _clock.GetUtcNow()));

    private sealed record CanaryReading(CanaryHistory History, DateTimeOffset? ReadAt);

    private static partial class Log
    {
        [LoggerMessage(5011, LogLevel.Warning, "The record of the canaries could not be read; what this instance knew stays")]
        public static partial void NotRead(ILogger logger, Exception failure);

        [LoggerMessage(5012, LogLevel.Warning, "The record of the canaries could not be written; it is written with the next one")]
        public static partial void NotWritten(ILogger logger, Exception passing);
    }
}
