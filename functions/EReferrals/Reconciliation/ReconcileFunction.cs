using EReferrals.Resilience;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace EReferrals.Reconciliation;

/// <summary>Runs the reconciler every minute. During an outage the published result does not change, so its age grows.</summary>
public sealed partial class ReconcileFunction(Reconciler reconciler, LastReconciliation reconciliation, ILogger<ReconcileFunction> logger)
{
    [Function(nameof(ReconcileFunction))]
    public async Task ReconcileAsync([TimerTrigger("30 * * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        try
        {
            await reconciliation.PublishAsync(await reconciler.ReconcileAsync(cancellationToken), cancellationToken);
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            Log.NotNow(logger, ex);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1901, LogLevel.Warning, "The reconciler could not reach a store or Service Bus; the next run retries")]
        public static partial void NotNow(ILogger logger, Exception ex);
    }
}
