using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;
using Microsoft.Data.Sqlite;

namespace EReferrals.LocalRuntime.Broker;

/// <summary>
/// A durable message broker in this process, with the rules of Service Bus, for local work and tests; never production.
/// <c>new ServiceBusClient(broker.ConnectionString)</c> reaches it, from this process only.
/// </summary>
public sealed class LocalBroker : IAsyncDisposable
{
    internal const string DeadLetterSuffix = "/$DeadLetterQueue";

    private static readonly ConcurrentDictionary<string, LocalBroker> ByHostName = new(StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, BrokerQueue> _queues = new(StringComparer.OrdinalIgnoreCase);
    private readonly Journal _journal;
    private readonly IdleSignal _idle = new();
    private int _disposed;

    private LocalBroker(string hostName, Topology topology, Journal journal, TimeProvider clock)
    {
        HostName = hostName;
        _journal = journal;
        foreach (var settings in topology.Queues)
        {
            var deadLetters = new BrokerQueue(settings.ForDeadLetters(), null, journal, clock, Faults, _idle);
            var queue = new BrokerQueue(settings, deadLetters, journal, clock, Faults, _idle);
            _queues.Add(deadLetters.Name, deadLetters);
            _queues.Add(queue.Name, queue);
        }
    }

    /// <summary>Also what the clients that name a namespace and a credential give as the fully qualified namespace.</summary>
    public string HostName { get; }

    public string ConnectionString =>
        $"Endpoint=sb://{HostName}/;SharedAccessKeyName=local;SharedAccessKey=local;UseDevelopmentEmulator=true";

    /// <summary>Test hook.</summary>
    public BrokerFaults Faults { get; } = new();

    /// <summary>
    /// Opens the file, which is made if there is none and belongs to this broker alone until it is disposed. With the host name of a
    /// broker that has gone, the clients of that one find this one.
    /// </summary>
    public static async Task<LocalBroker> OpenAsync(string file, string topologyFile, TimeProvider clock, string? hostName = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        ArgumentNullException.ThrowIfNull(clock);
        var topology = Topology.Read(topologyFile);
        var journal = Journal.Open(file);
        var broker = new LocalBroker(hostName ?? $"broker-{Guid.NewGuid():N}.localhost", topology, journal, clock);
        try
        {
            broker.Load();
            if (!ByHostName.TryAdd(broker.HostName, broker))
            {
                throw new InvalidOperationException($"There is already a broker with the host name {broker.HostName}.");
            }
            return broker;
        }
        catch
        {
            await broker.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Test hook: completes when no send is under way and no message is available or locked in any queue. Scheduled, deferred and dead
    /// letters do not count; a dead letter that a receiver has in its hands does.
    /// </summary>
    public Task WhenIdleAsync(CancellationToken cancellationToken = default) => _idle.WaitAsync(cancellationToken);

    /// <summary>Test hook: makes every message that is scheduled at this moment available, in the order of the schedule.</summary>
    public Task DeliverScheduledNowAsync() => Task.WhenAll(_queues.Values.Select(queue => queue.DeliverScheduledNowAsync()));

    /// <summary>Test hook.</summary>
    public QueueStatistics QueueStatistics(string name) => Queue(name).Statistics();

    /// <summary>What was asked for is written, then the file is given back; messages in receivers' hands come again at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }
        ByHostName.TryRemove(new KeyValuePair<string, LocalBroker>(HostName, this));
        foreach (var queue in _queues.Values)
        {
            queue.Dispose();
        }
        await _journal.DisposeAsync().ConfigureAwait(false);
    }

    internal static LocalBroker Find(string hostName) =>
        ByHostName.TryGetValue(hostName, out var broker)
            ? broker
            : throw new ServiceBusException(
                $"There is no local broker with the host name {hostName}.", ServiceBusFailureReason.ServiceCommunicationProblem);

    internal BrokerQueue Queue(string path) =>
        _queues.TryGetValue(path, out var queue)
            ? queue
            : throw new ServiceBusException(
                $"The messaging entity '{path}' could not be found.", ServiceBusFailureReason.MessagingEntityNotFound, path);

    internal Task LimitFileAsync(int? pages) => _journal.LimitFileAsync(pages);

    private void Load()
    {
        var messages = new List<(string Queue, StoredMessage Message)>();
        Read("SELECT m.queue, m.dead, m.deferred, m.scheduled_for, m.enqueued, m.enqueued_sequence, m.sequence, m.envelope, "
            + "COALESCE(d.count, 0) FROM message m LEFT JOIN delivery d ON d.sequence = m.sequence ORDER BY m.sequence",
            row => messages.Add((row.GetString(0) + (row.GetBoolean(1) ? DeadLetterSuffix : ""), ReadMessage(row))));
        Read("SELECT queue, id, until FROM duplicate ORDER BY until",
            row => Known(row.GetString(0)).LoadDuplicate(row.GetString(1), ReadTime(row, 2)));
        Read("SELECT queue, id, state FROM session_state",
            row => Known(row.GetString(0)).LoadSessionState(row.GetString(1), (byte[])row[2]));
        // Only now: loading a message may already write (its schedule has passed, it was delivered too often).
        foreach (var (queue, message) in messages)
        {
            Known(queue).Load(message);
        }
    }

    private static StoredMessage ReadMessage(SqliteDataReader row) => new()
    {
        IsDeferred = row.GetBoolean(2),
        ScheduledFor = ReadTime(row, 3),
        Enqueued = ReadTime(row, 4),
        EnqueuedSequence = row.GetInt64(5),
        Sequence = row.GetInt64(6),
        Envelope = Envelope.FromBytes((byte[])row[7]),
        DeliveryCount = row.GetInt32(8),
    };

    private static DateTimeOffset ReadTime(SqliteDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);

    private void Read(string sql, Action<SqliteDataReader> take)
    {
        using var command = _journal.Connection.CreateCommand();
#pragma warning disable CA2100 // Only constants of this class come here.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            take(reader);
        }
    }

    private BrokerQueue Known(string queue) =>
        _queues.TryGetValue(queue, out var known)
            ? known
            : throw new InvalidDataException($"The broker file holds messages or state of '{queue}', which the topology does not have.");
}
