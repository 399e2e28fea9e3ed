#nullable disable
using Azure.Core;
using EReferrals.LocalRuntime.Broker;

namespace Azure.Messaging.ServiceBus;

public class ServiceBusClient : IAsyncDisposable
{
    private readonly List<ServiceBusSessionReceiver> _sessions = [];
    private readonly ServiceBusClientOptions _options;
    private readonly string _host;
    private readonly CancellationTokenSource _closed = new();

    public ServiceBusClient(string connectionString)
        : this(connectionString, new ServiceBusClientOptions())
    {
    }

    public ServiceBusClient(string connectionString, ServiceBusClientOptions options)
        : this(options, ConnectionString.Host(connectionString))
    {
    }

    public ServiceBusClient(string fullyQualifiedNamespace, TokenCredential credential)
        : this(fullyQualifiedNamespace, credential, new ServiceBusClientOptions())
    {
    }

    public ServiceBusClient(string fullyQualifiedNamespace, TokenCredential credential, ServiceBusClientOptions options)
        : this(options, ConnectionString.HostOfNamespace(fullyQualifiedNamespace)) =>
        Check.NotNull(credential, nameof(credential));

    protected ServiceBusClient()
    {
    }

    private ServiceBusClient(ServiceBusClientOptions options, string host)
    {
        _options = options ?? new ServiceBusClientOptions();
        _host = host;
        Identifier = _options.Identifier ?? $"{host}-{Guid.NewGuid()}";
    }

    public virtual string FullyQualifiedNamespace => _host;

    public virtual string Identifier { get; }

    public virtual bool IsClosed => _closed.IsCancellationRequested;

    public ServiceBusTransportType TransportType => _options.TransportType;

    internal TimeSpan TryTimeout => _options.RetryOptions.TryTimeout;

    internal CancellationToken Closed => _closed.Token;

    public virtual ServiceBusSender CreateSender(string queueOrTopicName) => CreateSender(queueOrTopicName, null);

    public virtual ServiceBusSender CreateSender(string queueOrTopicName, ServiceBusSenderOptions options)
    {
        Check.NotClosed(IsClosed, nameof(ServiceBusClient));
        return new ServiceBusSender(this, Check.NotEmpty(queueOrTopicName, nameof(queueOrTopicName)), options);
    }

    public virtual ServiceBusReceiver CreateReceiver(string queueName) => CreateReceiver(queueName, (ServiceBusReceiverOptions)null);

    public virtual ServiceBusReceiver CreateReceiver(string queueName, ServiceBusReceiverOptions options)
    {
        Check.NotClosed(IsClosed, nameof(ServiceBusClient));
        return new ServiceBusReceiver(this, Check.NotEmpty(queueName, nameof(queueName)), options ?? new ServiceBusReceiverOptions());
    }

    public virtual Task<ServiceBusSessionReceiver> AcceptNextSessionAsync(
        string queueName, ServiceBusSessionReceiverOptions options = default, CancellationToken cancellationToken = default) =>
        AcceptAsync(queueName, null, options, cancellationToken);

    public virtual Task<ServiceBusSessionReceiver> AcceptSessionAsync(
        string queueName,
        string sessionId,
        ServiceBusSessionReceiverOptions options = default,
        CancellationToken cancellationToken = default) =>
        AcceptAsync(queueName, Check.NotNull(sessionId, nameof(sessionId)), options, cancellationToken);

    public virtual async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync().ConfigureAwait(false);
        ServiceBusSessionReceiver[] sessions;
        lock (_sessions)
        {
            sessions = [.. _sessions];
        }
        foreach (var session in sessions)
        {
            await session.CloseAsync(CancellationToken.None).ConfigureAwait(false);
        }
        GC.SuppressFinalize(this);
    }

    internal BrokerQueue Queue(string path)
    {
        Check.NotClosed(IsClosed, nameof(ServiceBusClient));
        return LocalBroker.Find(_host).Queue(path);
    }

    private async Task<ServiceBusSessionReceiver> AcceptAsync(
        string queueName, string sessionId, ServiceBusSessionReceiverOptions options, CancellationToken cancellationToken)
    {
        Check.NotClosed(IsClosed, nameof(ServiceBusClient));
        Check.NotEmpty(queueName, nameof(queueName));
        options ??= new ServiceBusSessionReceiverOptions();
        var queue = Queue(queueName);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Closed);
        var hold = await queue.AcceptSessionAsync(sessionId, TryTimeout, either.Token).ConfigureAwait(false);
        var receiver = new ServiceBusSessionReceiver(this, queueName, options, hold);
        lock (_sessions)
        {
            _sessions.RemoveAll(session => session.IsClosed);
            _sessions.Add(receiver);
        }
        if (IsClosed)
        {
            await receiver.CloseAsync(CancellationToken.None).ConfigureAwait(false);
        }
        Check.NotClosed(IsClosed, nameof(ServiceBusClient));
        return receiver;
    }
}
