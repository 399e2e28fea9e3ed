using Microsoft.Extensions.Hosting;

namespace EReferrals.Status;

/// <summary>Asks for the status now and then, so that the first reader after a quiet time does not get an old answer from this instance.</summary>
public sealed class StatusRefresh(ServiceStatus status, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await status.GetAsync().WaitAsync(stoppingToken);
            await Task.Delay(Pause, clock, stoppingToken);
        }
    }
}
