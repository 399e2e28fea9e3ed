using EReferrals.Operations;
using EReferrals.Resilience;
using EReferrals.Storage.Blobs;
using EReferrals.Telemetry;

namespace EReferrals.Reconciliation;

/// <summary>The reconciler's last result, whichever instance ran it.</summary>
public sealed class LastReconciliation
{
    // Shorter than the status waits, so that it gets the last one known.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly SharedDocument<ReconciliationResult> _document;
    private volatile ReconciliationResult? _last;

    public LastReconciliation(SharedDocuments documents, ServiceTelemetry telemetry)
    {
        _document = documents.Open("reconciliation.json", OperationsJson.Default.ReconciliationResult, ReconciliationResult.None);
        telemetry.ObserveReconciler(() => _last?.Differences);
    }

    /// <summary>Null when there is none. While the store does not answer it is the last one known: see how old it is.</summary>
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
            // The last one known has its time with it.
        }

        return _last;
    }

    internal async Task PublishAsync(ReconciliationResult result, CancellationToken cancellationToken)
    {
        _last = result;
        await _document.ReplaceAsync(result, cancellationToken);
    }
}
