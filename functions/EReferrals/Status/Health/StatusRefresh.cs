using EReferrals.Resilience;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status.Health;

/// <summary>Asks for the status now and then, so that the first reader after a quiet time does not get an old answer from this instance.</summary>
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
            // Whatever it is: an exception that leaves the loop ends the whole service.
            Log.NotRefreshed(logger, ex);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5051, LogLevel.Error, "The status could not be refreshed; it is tried again in twenty seconds")]
        public static partial void NotRefreshed(ILogger logger, Exception failure);
    }
}
