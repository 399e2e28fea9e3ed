using EReferrals.Messaging;
using EReferrals.Operations;
using EReferrals.Resilience;
using EReferrals.Status.Canary;
using EReferrals.Status.Messages;
using EReferrals.Storage.Blobs;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status.Health;

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
    private readonly ServiceModes _modes;
    private readonly Inventory _inventory;
    private readonly Settings _settings;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SharedAnswer<Reading> _readings;

    public ServiceStatus(
        Dependencies dependencies,
        QueueWatch queues,
        CanaryWatch canary,
        MessageBoard messages,
        ServiceModes modes,
        Inventory inventory,
        Settings settings,
        TimeProvider clock,
        ILogger<ServiceStatus> logger)
    {
        _dependencies = dependencies;
        _queues = queues;
        _canary = canary;
        _messages = messages;
        _modes = modes;
        _inventory = inventory;
        _settings = settings;
        _clock = clock;
        _logger = logger;
        _readings = new SharedAnswer<Reading>(TimeSpan.FromSeconds(2), Patience, clock, ReadAsync);
    }

    public async Task<StatusReport> GetAsync()
    {
        var asking = (Readings: _readings.GetAsync(), Canary: CanaryAsync(), Messages: _messages.ShownAsync(), Counted: _inventory.GetAsync());
        var (reading, canary, messages, counted) = (await asking.Readings, await asking.Canary, await asking.Messages, await asking.Counted);
        var mode = ServiceMode.From(_modes.Current);
        IReadOnlyList<ComponentStatus> components = [.. reading.Components, ComponentStatus.From(canary)];
        return new StatusReport(
            StateOf(components, reading.Queues, canary, counted, mode),
            reading.AsOf,
            Math.Max(0, Math.Round((_clock.GetUtcNow() - reading.AsOf).TotalSeconds, 1)),
            components,
            reading.Queues,
            canary,
            mode,
            [.. messages.Select(message => new ServiceMessage(message.At, message.Text, message.Until))])
        {
            Quarantine = counted.Quarantine,
            Snapshots = SnapshotsOf(counted.Snapshots, reading.Queues),
            Reconciler = counted.Reconciler,
            SafetyNet = counted.SafetyNet,
        };
    }

    internal static OverallState StateOf(
        IReadOnlyList<ComponentStatus> components, IReadOnlyList<QueueDepth> queues, CanaryStatus canary, Inventory.Counted counted, ServiceMode mode)
    {
        bool Fails(string name) => components.Any(component => component.Name == name && component.State == ComponentState.Fail);

        var acceptsNothing = Fails(ComponentStatus.ServiceBus);
        var showsNothing = Fails(ComponentStatus.Tables) && Fails(ComponentStatus.ContingencyBlobs);
        if (acceptsNothing || showsNothing || canary.State == CanaryState.Missing) return OverallState.Down;
        var needsPeople = components.Any(component => component.State == ComponentState.Fail)
            || queues.Any(queue => queue.DeadLetters > 0 || (queue.Name == Queues.DeadLetters && queue.Active > 0))
            || counted.Quarantine?.Waiting > 0
            || counted.Reconciler?.Missing > 0
            || !mode.IsNormal;
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
        return new Reading(asOf, [.. dependencies.Components, counts], queues);
    }

    // A request for a copy becomes active when the copy is due.
    private static SnapshotStatus? SnapshotsOf(SnapshotCount? counted, IReadOnlyList<QueueDepth> queues) => counted is { Lists: { } lists }
        ? new SnapshotStatus(lists, counted.LastWritten, queues.FirstOrDefault(queue => queue.Name == Queues.WorklistSnapshots)?.OldestAgeSeconds ?? 0)
        : null;

    private async Task<QueueDepth> LookAtAsync(string queue)
    {
        try
        {
            return await TimeLimit.WithinAsync(_clock, cancellationToken => _queues.DepthAsync(queue, cancellationToken));
        }
        catch (Exception ex)
        {
            // As with the dependencies: not knowing is a finding.
            Log.Unknown(_logger, queue, ex);
            return new QueueDepth(queue, null, null, null);
        }
    }

    /// <summary>What was found out together.</summary>
    internal sealed record Reading(DateTimeOffset AsOf, IReadOnlyList<ComponentStatus> Components, IReadOnlyList<QueueDepth> Queues);

    private static partial class Log
    {
        [LoggerMessage(5002, LogLevel.Warning, "Status: nothing could be found out about the queue {What}")]
        public static partial void Unknown(ILogger logger, string what, Exception failure);
    }
}
