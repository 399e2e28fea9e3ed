namespace EReferrals.LocalRuntime.Broker;

/// <summary>A durable message broker in this process, for local work and tests; never production.</summary>
public sealed class LocalBroker : IAsyncDisposable
{
    internal const string DeadLetterSuffix = "/$DeadLetterQueue";

    private LocalBroker(string hostName) => HostName = hostName;

    public string HostName { get; }

    public string ConnectionString =>
        $"Endpoint=sb://{HostName}/;SharedAccessKeyName=local;SharedAccessKey=local;UseDevelopmentEmulator=true";

    /// <summary>Test hook.</summary>
    public BrokerFaults Faults { get; } = new();

    public static Task<LocalBroker> OpenAsync(string file, string topologyFile, TimeProvider clock, string? hostName = null) =>
        Task.FromResult(new LocalBroker(hostName ?? "local"));

    /// <summary>Test hook: completes when no message is available or locked in any queue.</summary>
    public Task WhenIdleAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Test hook: makes every scheduled message available now.</summary>
    public Task DeliverScheduledNowAsync() => throw new NotImplementedException();

    /// <summary>Test hook.</summary>
    public QueueStatistics QueueStatistics(string name) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal static LocalBroker Find(string hostName) => throw new NotImplementedException();

    internal BrokerQueue Queue(string path) => throw new NotImplementedException();
}
