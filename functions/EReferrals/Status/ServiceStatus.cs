using EReferrals.Messaging;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status;

/// <summary>How the service is, worked out at most every two seconds. Takes about two seconds even when everything hangs, and does not throw.</summary>
public sealed partial class ServiceStatus
{
    private readonly Dependencies _dependencies;
    private readonly QueueWatch _queues;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SharedAnswer<StatusReport> _answer;

    public ServiceStatus(Dependencies dependencies, QueueWatch queues, TimeProvider clock, ILogger<ServiceStatus> logger)
    {
        _dependencies = dependencies;
        _queues = queues;
        _clock = clock;
        _logger = logger;
        _answer = new SharedAnswer<StatusReport>(TimeSpan.FromSeconds(2), clock, WorkOutAsync);
    }

    public Task<StatusReport> GetAsync() => _answer.GetAsync();

    internal static OverallState StateOf(IReadOnlyList<ComponentStatus> components, IReadOnlyList<QueueDepth> queues)
    {
        bool Fails(string name) => components.Any(component => component.Name == name && component.State == ComponentState.Fail);

        var acceptsNothing = Fails(ComponentStatus.ServiceBus);
        var showsNothing = Fails(ComponentStatus.Tables) && Fails(ComponentStatus.ContingencyBlobs);
        if (acceptsNothing || showsNothing) return OverallState.Down;
        return components.Any(component => component.State == ComponentState.Fail) || queues.Any(queue => queue.DeadLetters > 0)
            ? OverallState.Degraded
            : OverallState.Ok;
    }

    private async Task<StatusReport> WorkOutAsync()
    {
        var looking = Task.WhenAll(Queues.All.Select(LookAtAsync));
        var dependencies = await _dependencies.CheckAsync();
        var queues = await looking;
        var counts = queues.All(queue => queue.Active is not null)
            ? new ComponentStatus(ComponentStatus.QueueCounts, ComponentState.Ok, "Known for every queue.")
            : new ComponentStatus(ComponentStatus.QueueCounts, ComponentState.Fail, "Unknown for some queues.");
        ComponentStatus[] components = [.. dependencies.Components, counts];
        return new StatusReport(
            StateOf(components, queues),
            _clock.GetUtcNow(),
            components,
            queues,
            new CanaryStatus(null, null, null),
            new ServiceMode(ReadOnly: false, Uploads: true, Booking: true),
            []);
    }

    private async Task<QueueDepth> LookAtAsync(string queue)
    {
        try
        {
            return await TimeLimit.WithinAsync(_clock, cancellation => _queues.DepthAsync(queue, cancellation));
        }
        catch (Exception failure)
        {
            // As with the dependencies: not knowing is a finding.
            Log.Unknown(_logger, queue, failure);
            return new QueueDepth(queue, null, null, null);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5002, LogLevel.Warning, "Status: what waits on {Queue} could not be found out")]
        public static partial void Unknown(ILogger logger, string queue, Exception failure);
    }
}
