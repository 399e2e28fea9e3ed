using EReferrals.Messaging;
using EReferrals.Messaging.Monitoring;
using EReferrals.Operations;
using EReferrals.Resilience;
using EReferrals.Status.Canary;
using EReferrals.Status.Messages;
using EReferrals.Storage.Blobs;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status.Health;

/// <summary>
/// The overall status of the service. The components and queues are checked at most every two seconds. A dependency that hangs does not block callers:
/// they get the last result, with its age, until the check times out. Does not throw.
/// </summary>
public sealed partial class ServiceStatus
{
    /// <summary>How long a request waits for a newer result before it gets the last one.</summary>
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
    private readonly SharedResult<Reading> _readings;

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
        _readings = new SharedResult<Reading>(TimeSpan.FromSeconds(2), Patience, clock, ReadAsync);
    }

    public async Task<StatusReport> GetAsync()
    {
        var pending = (Readings: _readings.GetAsync(), Canary: CanaryAsync(), Messages: _messages.ShownAsync(), Counted: _inventory.GetAsync());
        var (reading, canary, messages, counted) = (await pending.Readings, await pending.Canary, await pending.Messages, await pending.Counted);
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
        var depths = Task.WhenAll(Queues.All.Select(LookAtAsync));
        var dependencies = await _dependencies.CheckAsync();
        var queues = await depths;
        var counts = queues.All(queue => queue.Active is not null)
            ? new ComponentStatus(ComponentStatus.QueueCounts, ComponentState.Ok, "Known for all queues.")
            : new ComponentStatus(ComponentStatus.QueueCounts, ComponentState.Fail, "Unknown for some queues.");
        return new Reading(asOf, [.. dependencies.Components, counts], queues);
    }

    // The message that requests a snapshot becomes active when the snapshot is due.
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
            // Any exception makes the depth unknown, and the status reports that.
            Log.Unknown(_logger, queue, ex);
            return new QueueDepth(queue, null, null, null);
        }
    }

    /// <summary>The results of one check of the components and queues.</summary>
    internal sealed record Reading(DateTimeOffset AsOf, IReadOnlyList<ComponentStatus> Components, IReadOnlyList<QueueDepth> Queues);

    private static partial class Log
    {
        [LoggerMessage(2209, LogLevel.Warning, "Status check: the depth of the queue {What} is unknown")]
        public static partial void Unknown(ILogger logger, string what, Exception failure);
    }
}
