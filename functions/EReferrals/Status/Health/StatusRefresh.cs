using EReferrals.Resilience;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status.Health;

/// <summary>Refreshes the status every 20 seconds, so that the first reader after a quiet time does not get an old result from this instance.</summary>
public sealed partial class StatusRefresh(ServiceStatus status, TimeProvider clock, ILogger<StatusRefresh> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await RefreshAsync(stoppingToken);
            await Task.Delay(Pause, clock, stoppingToken);
        }
    }

    private async Task RefreshAsync(CancellationToken stopping)
    {
        try
        {
            await status.GetAsync().WaitAsync(stopping);
        }
        catch (Exception ex) when (!Transient.IsStop(ex, stopping))
        {
            // Catches every exception: one that leaves the loop would stop the service.
            Log.NotRefreshed(logger, ex);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2210, LogLevel.Error, "Could not refresh the status; retrying in twenty seconds")]
        public static partial void NotRefreshed(ILogger logger, Exception failure);
    }
}
