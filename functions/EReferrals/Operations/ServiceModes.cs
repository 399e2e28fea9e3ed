using EReferrals.Resilience;
using EReferrals.Storage.Blobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.Operations;

/// <summary>
/// The mode that all instances are in: a document in the contingency account that each of them looks at every two seconds. While that account
/// does not answer, the last known mode holds.
/// </summary>
public sealed partial class ServiceModes(SharedDocuments documents, TimeProvider clock, ILogger<ServiceModes> logger) : BackgroundService
{
    // Together below the five seconds in which every instance is to know.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly SharedDocument<OperatingMode> _document = documents.Open("mode.json", OperationsJson.Default.OperatingMode, OperatingMode.Normal);
    private volatile OperatingMode _current = OperatingMode.Normal;
    private volatile bool _isUnknown;
    private volatile int _changes;

    public OperatingMode Current => _current;

    /// <summary>Throws when it could not be stored; then it is not in force, but an instance may have seen it.</summary>
    public async Task ChangeAsync(OperatingMode mode, CancellationToken cancellationToken)
    {
        await _document.ReplaceAsync(mode, cancellationToken);
        _current = mode;
        Interlocked.Increment(ref _changes);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await LookAsync(stoppingToken);
            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal async Task LookAsync(CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(Limit);
        var changes = _changes;
        try
        {
            var mode = await _document.ReadAsync(limit.Token);
            // What was read before this instance changed it is out of date.
            if (changes == _changes) _current = mode;
            _isUnknown = false;
        }
        catch (Exception ex) when (!Transient.IsStop(ex, stopping))
        {
            // Whatever it is: an exception that leaves the loop ends the whole service. Logged once per outage.
            if (!_isUnknown) Log.Unknown(logger, ex);
            _isUnknown = true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(7001, LogLevel.Error, "The mode of the service could not be read; the last known one holds")]
        public static partial void Unknown(ILogger logger, Exception unknown);
    }
}
