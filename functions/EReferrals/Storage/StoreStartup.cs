using EReferrals.Resilience;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.Storage;

/// <summary>
/// Creates missing tables and containers in an emulator at start. In Azure the template creates them, and the identity may not. An unreachable account
/// must not stop the start, because reads have other sources: the start waits for the first attempt only, and further attempts run in the background.
/// </summary>
public sealed partial class StoreStartup(StorageClients storage, Settings settings, TimeProvider clock, ILogger<StoreStartup> logger)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly bool _isCreatedByTemplate = settings.Records.ConnectionString is null;

    private readonly TaskCompletionSource _firstTry = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsDone { get; private set; }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        await _firstTry.Task.WaitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!IsDone && !stoppingToken.IsCancellationRequested)
        {
            IsDone = _isCreatedByTemplate || await TryCreateAsync(stoppingToken);
            _firstTry.TrySetResult();
            if (!IsDone) await Task.Delay(Pause, clock, stoppingToken);
        }
    }

    // Retried for as long as the service runs. Until it succeeds, the service is not ready.
    private async Task<bool> TryCreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(
            [
                .. TableKeys.AllTables.Select(table => storage.ForWriting(table).CreateIfNotExistsAsync(cancellationToken)),
                storage.RecordsContainer(Containers.Attachments).CreateIfNotExistsAsync(cancellationToken: cancellationToken),
                storage.AuditContainer().CreateIfNotExistsAsync(cancellationToken: cancellationToken),
                storage.AuditReserveContainer().CreateIfNotExistsAsync(cancellationToken: cancellationToken),
                storage.ContingencyContainer(Containers.Quarantine).CreateIfNotExistsAsync(cancellationToken: cancellationToken),
                storage.ContingencyContainer(settings.StatusPageContainer).CreateIfNotExistsAsync(cancellationToken: cancellationToken),
                storage.ContingencyContainer(Containers.Snapshots).CreateIfNotExistsAsync(cancellationToken: cancellationToken),
                storage.ContingencyContainer(Containers.Packs).CreateIfNotExistsAsync(cancellationToken: cancellationToken),
                storage.ContingencyContainer(Containers.Operations).CreateIfNotExistsAsync(cancellationToken: cancellationToken),
                storage.ContingencyContainer(Containers.Ledger).CreateIfNotExistsAsync(cancellationToken: cancellationToken),
            ]);
            return true;
        }
        catch (Exception ex) when (!Transient.IsStop(ex, cancellationToken))
        {
            Log.NotYet(logger, ex);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2901, LogLevel.Warning, "Could not create tables or containers yet; retrying")]
        public static partial void NotYet(ILogger logger, Exception ex);
    }
}
