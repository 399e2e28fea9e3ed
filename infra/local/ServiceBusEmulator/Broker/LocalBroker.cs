using Microsoft.Data.Sqlite;

namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>The durable queues of the emulator, with the rules of Service Bus. For local work and tests, not for production.</summary>
public sealed class LocalBroker : IAsyncDisposable
{
    internal const string DeadLetterSuffix = "/$DeadLetterQueue";

    private readonly Dictionary<string, BrokerQueue> _queues = new(StringComparer.OrdinalIgnoreCase);
    private readonly Journal _journal;
    private readonly IdleSignal _idle = new();
    private int _disposed;

    private LocalBroker(Topology topology, Journal journal, TimeProvider clock)
    {
        _journal = journal;
        foreach (var settings in topology.Queues)
        {
            var deadLetters = new BrokerQueue(settings.ForDeadLetters(), null, journal, clock, () => Faults, _idle);
            var queue = new BrokerQueue(settings, deadLetters, journal, clock, () => Faults, _idle);
            _queues.Add(deadLetters.Name, deadLetters);
            _queues.Add(queue.Name, queue);
        }
        foreach (var settings in topology.Queues)
        {
            if (settings.ForwardDeadLetteredMessagesTo is { } target) _queues[settings.Name + DeadLetterSuffix].ForwardTo(_queues[target], settings.Name);
        }
    }

    /// <summary>Test hook.</summary>
    public BrokerFaults Faults { get; internal set; } = new();

    internal IEnumerable<string> QueueNames => _queues.Keys.Where(name => !name.EndsWith(DeadLetterSuffix, StringComparison.Ordinal));

    /// <summary>Opens or creates the file. The broker has exclusive access to it until it is disposed.</summary>
    internal static async Task<LocalBroker> OpenAsync(string file, string topologyFile, TimeProvider clock)
    {
        var topology = Topology.Read(topologyFile);
        var journal = Journal.Open(file);
        var broker = new LocalBroker(topology, journal, clock);
        try
        {
            broker.Load();
            return broker;
        }
        catch
        {
            await broker.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Test hook: completes when no send is running and no message is available or locked in any queue. Scheduled and deferred messages do not count. Dead
    /// letters count only while a receiver has locked them.
    /// </summary>
    public Task WhenIdleAsync(CancellationToken cancellationToken = default) => _idle.WaitAsync(cancellationToken);

    /// <summary>Test hook: makes every message that is scheduled at this moment available, in the order of the schedule.</summary>
    public async Task DeliverScheduledNowAsync()
    {
        await Task.WhenAll(_queues.Values.Select(queue => queue.DeliverScheduledNowAsync())).ConfigureAwait(false);
        await Task.Yield();
    }

    /// <summary>Test hook: ends the lock of every locked message, as if its lock duration had passed.</summary>
    public void EndLocks()
    {
        foreach (var queue in _queues.Values) queue.EndLocks();
    }

    /// <summary>Test hook: simulates a disk that has room for this number of pages; null for no limit.</summary>
    public async Task LimitFileAsync(int? pages)
    {
        await _journal.LimitFileAsync(pages).ConfigureAwait(false);
        await Task.Yield();
    }

    /// <summary>Test hook.</summary>
    public QueueStatistics QueueStatistics(string name) =>
        _queues.GetValueOrDefault(name)?.Statistics() ?? throw new ArgumentException($"Unknown queue '{name}'.", nameof(name));

    /// <summary>The dead letters of all queues.</summary>
    public long DeadLettered => Statistics().Sum(queue => queue.DeadLettered);

    /// <summary>Test hook: returns the counts of every queue.</summary>
    public IEnumerable<QueueStatistics> Statistics() => QueueNames.Select(QueueStatistics);

    /// <summary>Writes the pending operations and closes the file. Locked messages are available again at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        foreach (var queue in _queues.Values) queue.Dispose();
        await _journal.DisposeAsync().ConfigureAwait(false);
    }

    internal BrokerQueue Queue(string path) =>
        _queues.GetValueOrDefault(path) ?? throw new BrokerException(BrokerFailure.EntityNotFound, $"The messaging entity '{path}' could not be found.");

    /// <summary>Processes everything that is due after the clock has jumped.</summary>
    internal void FollowClock()
    {
        foreach (var queue in _queues.Values) queue.FollowClock();
    }

    private void Load()
    {
        var messages = new List<(BrokerQueue Queue, StoredMessage Message)>();
        using (var command = _journal.Connection.CreateCommand())
        {
            command.CommandText = """
                SELECT m.queue, m.dead, m.deferred, m.scheduled_for, m.enqueued, m.enqueued_sequence, m.sequence, m.envelope, COALESCE(d.count, 0)
                FROM message m LEFT JOIN delivery d ON d.sequence = m.sequence ORDER BY m.sequence
                """;
            using var row = command.ExecuteReader();
            while (row.Read())
            {
                var queue = Known(row.GetString(0) + (row.GetBoolean(1) ? DeadLetterSuffix : ""));
                messages.Add((queue, ReadMessage(row, queue)));
            }
        }
        // Started only now, because loading a message may already write (when its schedule has passed or its delivery count is too high).
        foreach (var (queue, message) in messages) queue.Load(message);
    }

    private static StoredMessage ReadMessage(SqliteDataReader row, BrokerQueue queue)
    {
        var envelope = Envelope.Parse((byte[])row[7]);
        return new StoredMessage
        {
            Envelope = envelope,
            TimeToLive = queue.LifeOf(envelope),
            IsDeferred = row.GetBoolean(2),
            ScheduledFor = ReadTime(row, 3),
            Enqueued = ReadTime(row, 4),
            EnqueuedSequence = row.GetInt64(5),
            Sequence = row.GetInt64(6),
            DeliveryCount = row.GetInt32(8),
        };
    }

    private static DateTimeOffset ReadTime(SqliteDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);

    private BrokerQueue Known(string queue) =>
        _queues.GetValueOrDefault(queue)
            ?? throw new InvalidDataException($"The broker file contains messages of '{queue}', which the topology does not have.");
}
