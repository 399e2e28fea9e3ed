#nullable disable
namespace Azure.Messaging.ServiceBus;

public class ServiceBusClientOptions
{
    private ServiceBusRetryOptions _retryOptions = new();

    public string Identifier { get; set; }

    public ServiceBusTransportType TransportType { get; set; }

    public ServiceBusRetryOptions RetryOptions
    {
        get => _retryOptions;
        set => _retryOptions = Check.NotNull(value, nameof(RetryOptions));
    }
}

/// <summary>
/// Only <see cref="TryTimeout"/> has an effect here: the stand-in never retries by itself, so that every failure reaches the caller.
/// </summary>
public class ServiceBusRetryOptions
{
    private int _maxRetries = 3;
    private TimeSpan _delay = TimeSpan.FromSeconds(0.8);
    private TimeSpan _maxDelay = TimeSpan.FromMinutes(1);
    private TimeSpan _tryTimeout = TimeSpan.FromMinutes(1);

    public ServiceBusRetryMode Mode { get; set; } = ServiceBusRetryMode.Exponential;

    public int MaxRetries
    {
        get => _maxRetries;
        set => _maxRetries = Check.InRange(value, 0, 100, nameof(MaxRetries));
    }

    public TimeSpan Delay
    {
        get => _delay;
        set => _delay = Check.InRange(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(5), nameof(Delay));
    }

    public TimeSpan MaxDelay
    {
        get => _maxDelay;
        set => _maxDelay = Check.InRange(value, TimeSpan.Zero, TimeSpan.MaxValue, nameof(MaxDelay));
    }

    public TimeSpan TryTimeout
    {
        get => _tryTimeout;
        set => _tryTimeout = Check.InRange(value, TimeSpan.FromTicks(1), TimeSpan.FromHours(1), nameof(TryTimeout));
    }
}

public class ServiceBusSenderOptions
{
    public string Identifier { get; set; }
}

/// <summary>Nothing is prefetched here; the count only allows a zero wait, as it does in the cloud.</summary>
public class ServiceBusReceiverOptions
{
    private int _prefetchCount;

    public string Identifier { get; set; }

    public int PrefetchCount
    {
        get => _prefetchCount;
        set => _prefetchCount = Check.InRange(value, 0, int.MaxValue, nameof(PrefetchCount));
    }

    public ServiceBusReceiveMode ReceiveMode { get; set; } = ServiceBusReceiveMode.PeekLock;

    public SubQueue SubQueue { get; set; } = SubQueue.None;
}

public class ServiceBusSessionReceiverOptions
{
    private int _prefetchCount;

    public string Identifier { get; set; }

    public int PrefetchCount
    {
        get => _prefetchCount;
        set => _prefetchCount = Check.InRange(value, 0, int.MaxValue, nameof(PrefetchCount));
    }

    public ServiceBusReceiveMode ReceiveMode { get; set; } = ServiceBusReceiveMode.PeekLock;
}

public class CreateMessageBatchOptions
{
    private long? _maxSizeInBytes;

    public long? MaxSizeInBytes
    {
        get => _maxSizeInBytes;
        set => _maxSizeInBytes = value is { } size ? Check.InRange(size, 24, long.MaxValue, nameof(MaxSizeInBytes)) : null;
    }
}
