using EReferrals.Resilience;
using EReferrals.Transfers;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace EReferrals.Reconciliation;

/// <summary>
/// Every minute: runs the reconciler and continues the requested transfers. A run that meets an outage loses nothing: the next run continues.
/// </summary>
public sealed partial class ReconcileAndTransferFunction(
    Reconciler reconciler, LastReconciliation reconciliation, TransferRun transfers, TimerParts parts, ILogger<ReconcileAndTransferFunction> logger)
{
    [Function(nameof(ReconcileAndTransferFunction))]
    public Task ReconcileAndTransferAsync([TimerTrigger("30 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) => parts.RunAsync(
        TimerParts.WithinAMinute,
        cancellationToken,
        new TimerPart("Reconcile", ReconcileAsync),
        new TimerPart("TransferOrganisations", TransferAsync));

    private async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        try
        {
            await reconciliation.PublishAsync(await reconciler.ReconcileAsync(cancellationToken), cancellationToken);
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            // The published result does not change, so its age grows.
            Log.NotReconciled(logger, ex);
        }
    }

    private async Task TransferAsync(CancellationToken cancellationToken)
    {
        try
        {
            await transfers.ContinueAsync(cancellationToken);
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            Log.NotTransferred(logger, ex);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1901, LogLevel.Warning, "The reconciler could not reach a store or Service Bus; the next run retries")]
        public static partial void NotReconciled(ILogger logger, Exception ex);

        [LoggerMessage(1906, LogLevel.Warning, "The transfers of organisations could not continue; the next run retries")]
        public static partial void NotTransferred(ILogger logger, Exception ex);
    }
}
