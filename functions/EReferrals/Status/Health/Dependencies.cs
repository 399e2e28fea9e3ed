using EReferrals.Messaging.Monitoring;
using EReferrals.Resilience;
using EReferrals.Storage;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status.Health;

/// <summary>Checks each dependency of this service, at most once a second.</summary>
public sealed partial class Dependencies
{
    private readonly StorageReach _storage;
    private readonly QueueWatch _queues;
    private readonly StoreStartup _startup;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SharedResult<Readiness> _shared;

    public Dependencies(StorageReach storage, QueueWatch queues, StoreStartup startup, TimeProvider clock, ILogger<Dependencies> logger)
    {
        _storage = storage;
        _queues = queues;
        _startup = startup;
        _clock = clock;
        _logger = logger;
        _shared = new SharedResult<Readiness>(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan, clock, AskAllAsync);
    }

    /// <summary>Returns the state of the dependencies after at most about two seconds. Does not throw.</summary>
    public Task<Readiness> CheckAsync() => _shared.GetAsync();

    private async Task<Readiness> AskAllAsync()
    {
        var checks = await Task.WhenAll(
            AskAsync(ComponentStatus.Tables, _storage.ReachTablesAsync),
            AskAsync(ComponentStatus.RecordsBlobs, _storage.ReachRecordsBlobsAsync),
            AskAsync(ComponentStatus.ContingencyBlobs, _storage.ReachContingencyBlobsAsync),
            AskAsync(ComponentStatus.ServiceBus, _queues.ReachAsync));
        var startup = _startup.IsDone
            ? new ComponentStatus(ComponentStatus.StartUp, ComponentState.Ok, "Tables and containers exist.")
            : new ComponentStatus(ComponentStatus.StartUp, ComponentState.Fail, "Tables or containers have not been created yet.");
        ComponentStatus[] components = [.. checks, startup];
        return new Readiness(components.All(component => component.State == ComponentState.Ok), _clock.GetUtcNow(), components);
    }

    private async Task<ComponentStatus> AskAsync(string name, Func<CancellationToken, Task> reach)
    {
        try
        {
            await TimeLimit.WithinAsync(_clock, async cancellationToken =>
            {
                await reach(cancellationToken);
                return true;
            });
            return new ComponentStatus(name, ComponentState.Ok, "Responds.");
        }
        catch (Exception ex)
        {
            // Any exception counts as a failure, and the status reports it.
            Log.Failing(_logger, name, ex);
            var isSlow = ex is TimeoutException or OperationCanceledException;
            var detail = isSlow ? "Did not respond within 2 seconds." : "Refused the request or could not be reached.";
            return new ComponentStatus(name, ComponentState.Fail, detail);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2207, LogLevel.Warning, "Status check: {Component} failed")]
        public static partial void Failing(ILogger logger, string component, Exception failure);
    }
}
