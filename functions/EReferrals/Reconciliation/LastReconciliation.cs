using EReferrals.Resilience;
using EReferrals.Storage.Blobs;
using EReferrals.Telemetry;

namespace EReferrals.Reconciliation;

/// <summary>The reconciler's last result, from any instance.</summary>
public sealed class LastReconciliation
{
    // Shorter than the status function's own timeout, so that the status shows the last known result.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly SharedDocument<ReconciliationResult> _document;
    private volatile ReconciliationResult? _last;

    public LastReconciliation(SharedDocuments documents, ServiceTelemetry telemetry)
    {
        _document = documents.Open("reconciliation.json", ReconciliationJson.Default.ReconciliationResult, ReconciliationResult.None);
        telemetry.ObserveReconciler(() => _last?.Differences);
    }

    /// <summary>The last result; null when there is none. While the store does not respond, it is the last known result: check its age.</summary>
    public async Task<ReconciliationResult?> LastAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var stored = await _document.ReadAsync(limit.Token);
            if (stored != ReconciliationResult.None) _last = stored;
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            // The last known result carries its own time.
        }

        return _last;
    }

    internal async Task PublishAsync(ReconciliationResult result, CancellationToken cancellationToken)
    {
        _last = result;
        await _document.ReplaceAsync(result, cancellationToken);
    }
}
