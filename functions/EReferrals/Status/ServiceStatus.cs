using EReferrals.Messaging;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status;

/// <summary>
/// How the service is. The components and queues are asked at most every two seconds; what hangs is reported by the answer after the next, and holds
/// up none: the last answer is given, with its age. Does not throw.
/// </summary>
public sealed partial class ServiceStatus
{
    /// <summary>How long an answer waits for something newer than what is known.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Dependencies _dependencies;
    private readonly QueueWatch _queues;
    private readonly CanaryWatch _canary;
    private readonly MessageBoard _messages;
    private readonly Settings _settings;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SharedAnswer<Reading> _readings;

    public ServiceStatus(
        Dependencies dependencies, QueueWatch queues, CanaryWatch canary, MessageBoard messages, Settings settings, TimeProvider clock, ILogger<ServiceStatus> logger)
    {
        _dependencies = dependencies;
        _queues = queues;
        _canary = canary;
        _messages = messages;
        _settings = settings;
        _clock = clock;
        _logger = logger;
        _readings = new SharedAnswer<Reading>(TimeSpan.FromSeconds(2), Patience, clock, ReadAsync);
    }

    public async Task<StatusReport> GetAsync()
    {
        var asking = (Readings: _readings.GetAsync(), Canary: CanaryAsync(), Messages: _messages.ShownAsync());
        var (reading, canary, messages) = (await asking.Readings, await asking.Canary, await asking.Messages);
        IReadOnlyList<ComponentStatus> components = [.. reading.Components, ComponentStatus.Of(canary)];
        return new StatusReport(
            StateOf(components, reading, canary),
            reading.AsOf,
            Math.Max(0, Math.Round((_clock.GetUtcNow() - reading.AsOf).TotalSeconds, 1)),
            components,
            reading.Queues,
            canary,
            reading.Mode,
            [.. messages.Select(message => new ServiceMessage(message.At, message.Text, message.Until))])
        {
            Quarantine = reading.Quarantine,
            Snapshots = reading.Snapshots,
            Reconciler = reading.Reconciler,
        };
    }

    internal static OverallState StateOf(IReadOnlyList<ComponentStatus> components, Reading reading, CanaryStatus canary)
    {
        bool Fails(string name) => components.Any(component => component.Name == name && component.State == ComponentState.Fail);

        var acceptsNothing = Fails(ComponentStatus.ServiceBus);
        var showsNothing = Fails(ComponentStatus.Tables) && Fails(ComponentStatus.ContingencyBlobs);
        if (acceptsNothing || showsNothing || canary.State == CanaryState.Missing) return OverallState.Down;
        var needsPeople = components.Any(component => component.State == ComponentState.Fail)
            || reading.Queues.Any(queue => queue.DeadLetters > 0)
            || reading.Quarantine?.Waiting > 0
            || reading.Reconciler?.Unexplained > 0
            || !reading.Mode.IsNormal;
        return needsPeople ? OverallState.Degraded : OverallState.Ok;
    }

    private async Task<CanaryStatus> CanaryAsync() => _settings.CanaryEnabled ? await _canary.StatusAsync() : CanaryStatus.Off;

    private async Task<Reading> ReadAsync()
    {
        var asOf = _clock.GetUtcNow();
        var looking = Task.WhenAll(Queues.All.Select(LookAtAsync));
        var dependencies = await _dependencies.CheckAsync();
        var queues = await looking;
        var counts = queues.All(queue => queue.Active is not null)
            ? new ComponentStatus(ComponentStatus.QueueCounts, ComponentState.Ok, "Known for every queue.")
            : new ComponentStatus(ComponentStatus.QueueCounts, ComponentState.Fail, "Unknown for some queues.");
        // What other slices know is asked for here, each with FindOutAsync.
        return new Reading(asOf, [.. dependencies.Components, counts], queues, ServiceMode.Normal);
    }

    private async Task<QueueDepth> LookAtAsync(string queue) =>
        await FindOutAsync(queue, cancellation => _queues.DepthAsync(queue, cancellation)) ?? new QueueDepth(queue, null, null, null);

    // As with the dependencies: not knowing is a finding.
    private async Task<T?> FindOutAsync<T>(string what, Func<CancellationToken, Task<T>> ask) where T : class
    {
        try
        {
            return await TimeLimit.WithinAsync(_clock, ask);
        }
        catch (Exception failure)
        {
            Log.Unknown(_logger, what, failure);
            return null;
        }
    }

    /// <summary>What was found out together.</summary>
    internal sealed record Reading(
        DateTimeOffset AsOf,
        IReadOnlyList<ComponentStatus> Components,
        IReadOnlyList<QueueDepth> Queues,
        ServiceMode Mode,
        QuarantineStatus? Quarantine = null,
        SnapshotStatus? Snapshots = null,
        ReconcilerStatus? Reconciler = null);

    private static partial class Log
    {
        [LoggerMessage(5002, LogLevel.Warning, "Status: nothing could be found out about {What}")]
        public static partial void Unknown(ILogger logger, string what, Exception failure);
    }
}
