using EReferrals.Resilience;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace EReferrals.Transfers;

/// <summary>Continues the requested transfers every 20 seconds. A run that meets an outage loses nothing: the next run continues.</summary>
public sealed partial class TransferOrganisationsFunction(TransferRun transfers, ILogger<TransferOrganisationsFunction> logger)
{
    [Function(nameof(TransferOrganisationsFunction))]
    public async Task TransferAsync([TimerTrigger("*/20 * * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        try
        {
            await transfers.ContinueAsync(cancellationToken);
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            Log.NotNow(logger, ex);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1601, LogLevel.Warning, "The transfers of organisations could not continue; the next run retries")]
        public static partial void NotNow(ILogger logger, Exception ex);
    }
}
