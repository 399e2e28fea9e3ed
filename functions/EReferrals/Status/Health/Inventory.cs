using EReferrals.Messaging;
using EReferrals.Reconciliation;
using EReferrals.Resilience;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status.Health;

/// <summary>
/// The status of the quarantine, the reconciler, the safety net and the snapshots. These change slowly and cost queries, so they are cached for ten seconds,
/// the snapshots for a minute. Unknown values are null. Does not throw.
/// </summary>
public sealed partial class Inventory
{
    private readonly QuarantineTable _quarantine;
    private readonly LastReconciliation _reconciliation;
    private readonly SafetyNetTable _safetyNet;
    private readonly SnapshotBlobs _snapshots;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SharedResult<Counted> _counts;
    private readonly SharedResult<SnapshotCount> _copies;

    public Inventory(
        QuarantineTable quarantine,
        LastReconciliation reconciliation,
        SafetyNetTable safetyNet,
        SnapshotBlobs snapshots,
        TimeProvider clock,
        ILogger<Inventory> logger)
    {
        (_quarantine, _reconciliation, _safetyNet, _snapshots, _clock, _logger) = (quarantine, reconciliation, safetyNet, snapshots, clock, logger);
        _counts = new SharedResult<Counted>(TimeSpan.FromSeconds(10), ServiceStatus.Patience, clock, CountAsync);
        _copies = new SharedResult<SnapshotCount>(TimeSpan.FromMinutes(1), ServiceStatus.Patience, clock, CountSnapshotsAsync);
    }

    internal async Task<Counted> GetAsync()
    {
        var copies = _copies.GetAsync();
        return await _counts.GetAsync() with { Snapshots = await copies };
    }

    private async Task<Counted> CountAsync()
    {
        var quarantine = FindOutAsync("quarantine", async cancellationToken =>
            new QuarantineStatus((await Task.WhenAll(Queues.All.Select(queue => _quarantine.CountAsync(queue, cancellationToken)))).Sum()));
        var reconciler = FindOutAsync("reconciler", _reconciliation.LastAsync);
        var safetyNet = FindOutAsync("safety net", _safetyNet.FindAsync);
        var last = await reconciler;
        return new Counted(
            await quarantine,
            last is null ? null : new ReconcilerStatus(last.At, last.Checked, last.Repaired, last.Missing, last.OldestMissing),
            await safetyNet,
            Snapshots: null);
    }

    private async Task<SnapshotCount> CountSnapshotsAsync() => await FindOutAsync("snapshots", _snapshots.CountAsync) ?? SnapshotCount.Unknown;

    private async Task<T?> FindOutAsync<T>(string what, Func<CancellationToken, Task<T?>> ask) where T : class
    {
        try
        {
            return await TimeLimit.WithinAsync(_clock, ask);
        }
        catch (Exception ex)
        {
            // Any exception makes the value unknown, and the status reports that.
            Log.Unknown(_logger, what, ex);
            return null;
        }
    }

    internal sealed record Counted(QuarantineStatus? Quarantine, ReconcilerStatus? Reconciler, SafetyNetCounts? SafetyNet, SnapshotCount? Snapshots);

    private static partial class Log
    {
        [LoggerMessage(2208, LogLevel.Warning, "Status check: the state of the {What} is unknown")]
        public static partial void Unknown(ILogger logger, string what, Exception failure);
    }
}
