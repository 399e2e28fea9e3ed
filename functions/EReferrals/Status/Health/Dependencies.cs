using EReferrals.Messaging;
using EReferrals.Resilience;
using EReferrals.Storage;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status.Health;

/// <summary>Whether each thing this service depends on answers, asked at most once a second.</summary>
public sealed partial class Dependencies
{
    private readonly StorageReach _storage;
    private readonly QueueWatch _queues;
    private readonly StoreStartup _startup;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SharedAnswer<Readiness> _answer;

    public Dependencies(StorageReach storage, QueueWatch queues, StoreStartup startup, TimeProvider clock, ILogger<Dependencies> logger)
    {
        _storage = storage;
        _queues = queues;
        _startup = startup;
        _clock = clock;
        _logger = logger;
        _answer = new SharedAnswer<Readiness>(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan, clock, AskAllAsync);
    }

    /// <summary>Waits for the answer, at most about two seconds, and does not throw.</summary>
    public Task<Readiness> CheckAsync() => _answer.GetAsync();

    private async Task<Readiness> AskAllAsync()
    {
        var asked = await Task.WhenAll(
            AskAsync(ComponentStatus.Tables, _storage.ReachTablesAsync),
            AskAsync(ComponentStatus.RecordsBlobs, _storage.ReachRecordsBlobsAsync),
            AskAsync(ComponentStatus.ContingencyBlobs, _storage.ReachContingencyBlobsAsync),
            AskAsync(ComponentStatus.ServiceBus, _queues.ReachAsync));
        var startup = _startup.IsDone
            ? new ComponentStatus(ComponentStatus.StartUp, ComponentState.Ok, "Tables and containers are there.")
            : new ComponentStatus(ComponentStatus.StartUp, ComponentState.Fail, "Tables or containers could not be created yet.");
        ComponentStatus[] components = [.. asked, startup];
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
            return new ComponentStatus(name, ComponentState.Ok, "Answers.");
        }
        catch (Exception ex)
        {
            // Any failure at all is the finding; the status is how people learn of it.
            Log.Failing(_logger, name, ex);
            var isSlow = ex is TimeoutException or OperationCanceledException;
            return new ComponentStatus(name, ComponentState.Fail, isSlow ? "Did not answer within 2 seconds." : "Refuses or cannot be reached.");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5001, LogLevel.Warning, "Status: {Component} fails")]
        public static partial void Failing(ILogger logger, string component, Exception failure);
    }
}
