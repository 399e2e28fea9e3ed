using System.Text.Json;
using EReferrals.Resilience;
using EReferrals.Storage.Blobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.Operations;

/// <summary>
/// The operating mode of all instances: a document in the contingency account that each instance polls every three seconds. While that account does not
/// respond, the last known mode applies.
/// </summary>
public sealed partial class ServiceModes(SharedDocuments documents, TimeProvider clock, ILogger<ServiceModes> logger) : BackgroundService
{
    /// <summary>
    /// Between the starts of two polls, so that a slow poll does not delay the next one. Together with the limit it is below the five seconds within which
    /// a mode takes effect on every instance.
    /// </summary>
    internal static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(3);

    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    private readonly SharedDocument<OperatingMode> _document = documents.Open("mode.json", OperationsJson.Default.OperatingMode, OperatingMode.Normal);
    private volatile OperatingMode _current = OperatingMode.Normal;
    private volatile bool _isUnknown;
    private volatile int _changes;

    public OperatingMode Current => _current;

    /// <summary>Whether the stored mode is read-only, which this instance may not know yet. An unreadable mode does not count.</summary>
    public async Task<bool> IsReadOnlyNowAsync(CancellationToken cancellationToken) => await StoredAsync(cancellationToken) is { ReadOnly: true };

    /// <summary>The stored mode, which this instance may not know yet; null when it is unreadable.</summary>
    public async Task<OperatingMode?> StoredAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _document.ReadAsync(cancellationToken);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// Stores the mode and applies it. Throws when the write fails; the mode does not then apply here, but other instances may have read it.
    /// </summary>
    public async Task ChangeAsync(OperatingMode mode, CancellationToken cancellationToken)
    {
        await _document.ReplaceAsync(mode, cancellationToken);
        _current = mode;
        Interlocked.Increment(ref _changes);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(PollInterval, clock);
        do await LookAsync(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    internal async Task LookAsync(CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(Limit);
        var changes = _changes;
        try
        {
            var mode = await _document.ReadAsync(limit.Token);
            // A mode read before this instance changed it is out of date.
            if (changes == _changes) _current = mode;
            _isUnknown = false;
        }
        catch (Exception ex) when (!Transient.IsStop(ex, stopping))
        {
            // Catches every exception: one that leaves the loop would stop the service. Logged once per outage.
            if (!_isUnknown) Log.Unknown(logger, ex);
            _isUnknown = true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Error, "Could not read the operating mode; the last known mode applies")]
        public static partial void Unknown(ILogger logger, Exception ex);
    }
}
