namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>
/// One queue or dead-letter queue. Its state is in memory and guarded by one lock. Changes that must survive the process are written to the journal first,
/// and the message is <see cref="Standing.Writing"/> until they are on disk.
/// </summary>
internal sealed partial class BrokerQueue : IDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private static readonly Comparer<StoredMessage> BySequence =
        Comparer<StoredMessage>.Create((left, right) => left.Sequence.CompareTo(right.Sequence));

    private readonly Lock _gate = new();
    private readonly QueueSettings _settings;
    private readonly BrokerQueue? _deadLetters;
    private readonly Journal _journal;
    private readonly TimeProvider _clock;
    private readonly Func<BrokerFaults> _faults;
    private readonly IdleSignal _idle;
    private readonly ITimer _timer;

    private readonly Dictionary<long, StoredMessage> _all = [];
    private readonly SortedSet<(DateTimeOffset Due, long Sequence)> _due = [];
    private readonly long[] _counts = new long[Enum.GetValues<Standing>().Length];
    private readonly SortedSet<StoredMessage> _available = new(BySequence);
    private readonly Dictionary<Guid, StoredMessage> _locked = [];
    private DateTimeOffset _timerDue = DateTimeOffset.MaxValue;
    private long _bytes;
    private bool _closed;

    /// <param name="deadLetters">The dead-letter queue; null when this is a dead-letter queue.</param>
    public BrokerQueue(
        QueueSettings settings, BrokerQueue? deadLetters, Journal journal, TimeProvider clock, Func<BrokerFaults> faults, IdleSignal idle)
    {
        _settings = settings;
        _deadLetters = deadLetters;
        _journal = journal;
        _clock = clock;
        _faults = faults;
        _idle = idle;
        _timer = clock.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public string Name => _settings.Name;

    private bool IsForDeadLetters => _deadLetters is null;

    public QueueStatistics Statistics()
    {
        var dead = _deadLetters?.Total() ?? Total();
        lock (_gate)
        {
            return IsForDeadLetters
                ? new QueueStatistics(Name, 0, 0, 0, 0, dead, _bytes)
                : new QueueStatistics(
                    Name,
                    _counts[(int)Standing.Available] + _counts[(int)Standing.Writing] + _counts[(int)Standing.Stalled],
                    _counts[(int)Standing.Locked],
                    _counts[(int)Standing.Scheduled],
                    _counts[(int)Standing.Deferred],
                    dead,
                    _bytes);
        }
    }

    public IReadOnlyList<Delivery> Peek(int max, long from) => Guarded<IReadOnlyList<Delivery>>(() =>
        [.. _all.Values
            .Where(message => message.Sequence >= from)
            .OrderBy(message => message.Sequence)
            .Take(max)
            .Select(message => message.ToDelivery(isPeek: true))]);

    public TimeSpan LifeOf(Envelope envelope) =>
        envelope.TimeToLive <= _settings.DefaultMessageTimeToLive ? envelope.TimeToLive : _settings.DefaultMessageTimeToLive;

    /// <summary>Resets the timer after the clock has jumped.</summary>
    public void FollowClock() => OnTimer();

    /// <summary>Adds a message from the file before the queue is used.</summary>
    public void Load(StoredMessage message) => Guarded(() => Place(message));

    public void Dispose()
    {
        _timer.Dispose();
        Guarded(() =>
        {
            _closed = true;
            _consumers.Clear();
        });
    }

    private long Total()
    {
        lock (_gate) return _all.Count;
    }

    private void Guarded(Action action) => Guarded(() =>
    {
        action();
        return true;
    });

    // Every operation first processes what is due, so that results do not depend on the precision of the timer.
    private T Guarded<T>(Func<T> action)
    {
        lock (_gate)
        {
            Sweep();
            try
            {
                return action();
            }
            finally
            {
                Serve();
                SetTimer();
            }
        }
    }

    /// <summary>Adds a message with the standing that its schedule and state require.</summary>
    private void Place(StoredMessage message)
    {
        _all.Add(message.Sequence, message);
        _bytes += message.Envelope.Size;
        if (message.ScheduledFor > _clock.GetUtcNow()) Move(message, Standing.Scheduled);
        else if (message.ScheduledFor.UtcTicks > 0) Activate(message);
        else if (message.IsDeferred) Move(message, Standing.Deferred);
        else Release(message);
    }

    /// <summary>The only method that changes a standing and the indexes that depend on it.</summary>
    private void Move(StoredMessage message, Standing to)
    {
        Leave(message);
        _counts[(int)message.Standing]--;
        _counts[(int)to]++;
        _idle.Change(Weight(to) - Weight(message.Standing));
        message.Standing = to;
        switch (to)
        {
            case Standing.Gone:
                _all.Remove(message.Sequence);
                _bytes -= message.Envelope.Size;
                break;
            case Standing.Scheduled:
                SetDue(message, message.ScheduledFor);
                break;
            case Standing.Available:
                SetDue(message, IsForDeadLetters ? DateTimeOffset.MaxValue : message.Expires);
                _available.Add(message);
                break;
            case Standing.Locked:
                _locked.Add(message.LockToken, message);
                SetDue(message, message.LockedUntil);
                break;
            case Standing.Stalled:
                SetDue(message, _clock.GetUtcNow() + RetryInterval);
                break;
        }
    }

    private void Leave(StoredMessage message)
    {
        if (message.Due is { } due)
        {
            _due.Remove((due, message.Sequence));
            message.Due = null;
        }
        if (message.Standing == Standing.Available) _available.Remove(message);
        else if (message.Standing == Standing.Locked) _locked.Remove(message.LockToken);
    }

    // A dead letter waits for an operator. It keeps the broker busy only while a receiver has locked it.
    private int Weight(Standing standing) => standing switch
    {
        Standing.Gone or Standing.Scheduled or Standing.Deferred => 0,
        Standing.Available => IsForDeadLetters ? 0 : 1,
        _ => 1,
    };

    private void SetDue(StoredMessage message, DateTimeOffset due)
    {
        if (due < DateTimeOffset.MaxValue)
        {
            message.Due = due;
            _due.Add((due, message.Sequence));
        }
    }

    private void Sweep()
    {
        if (_closed) return;
        var now = _clock.GetUtcNow();
        while (_due.Count > 0 && _due.Min is var (due, sequence) && due <= now)
        {
            var message = _all[sequence];
            if (message.Standing == Standing.Scheduled) Activate(message);
            else Release(message);
        }
    }

    /// <summary>Makes a message available again, unless its delivery count or its age exceeds the limit.</summary>
    private void Release(StoredMessage message)
    {
        if (_forwardTo is not null)
        {
            Forward(message);
        }
        else if (message.DeliveryCount >= _settings.MaxDeliveryCount)
        {
            DeadLetterByBroker(
                message,
                "MaxDeliveryCountExceeded",
                $"Message could not be consumed after {_settings.MaxDeliveryCount} delivery attempts.");
        }
        else if (!IsForDeadLetters && message.Expires <= _clock.GetUtcNow())
        {
            Expire(message);
        }
        else
        {
            Move(message, message.IsDeferred ? Standing.Deferred : Standing.Available);
        }
    }

    private void Expire(StoredMessage message)
    {
        if (_settings.DeadLetteringOnMessageExpiration)
        {
            DeadLetterByBroker(message, "TTLExpiredException", "The message expired and was dead lettered.");
            return;
        }
        _ = DeleteAsync(message, Standing.Stalled);
    }

    private Task DeleteAsync(StoredMessage message, Standing otherwise)
    {
        Move(message, Standing.Writing);
        return _journal.WriteAsync(
            statements => statements.Delete(message.Sequence),
            () => Guarded(() => Move(message, Standing.Gone)),
            () => Guarded(() => Move(message, otherwise)));
    }

    private void DeadLetterByBroker(StoredMessage message, string reason, string description)
    {
        var changes = new Dictionary<string, object?>
        {
            [Envelope.DeadLetterReason] = reason,
            [Envelope.DeadLetterErrorDescription] = description,
        };
        _ = MoveToDeadLetters(message, changes, () => Move(message, Standing.Stalled));
    }

    private Task MoveToDeadLetters(StoredMessage message, IReadOnlyDictionary<string, object?>? changes, Action undo)
    {
        var dead = new StoredMessage
        {
            Envelope = message.Envelope.WithProperties(changes),
            TimeToLive = message.Envelope.TimeToLive,
            Sequence = message.Sequence,
            EnqueuedSequence = message.EnqueuedSequence,
            Enqueued = message.Enqueued,
            DeliveryCount = message.DeliveryCount,
        };
        Move(message, Standing.Writing);
        return _journal.WriteAsync(
            statements => statements.SetPlace(dead.Sequence, dead: true, deferred: false, dead.Envelope),
            () =>
            {
                _deadLetters!.Load(dead);
                Guarded(() => Move(message, Standing.Gone));
            },
            () => Guarded(undo));
    }

    private void OnTimer() => Guarded(() => _timerDue = DateTimeOffset.MaxValue);

    // The timer may fire too early, when its message has been settled meanwhile. It is never set too late.
    private void SetTimer()
    {
        if (_closed) return;
        var next = _due.Count > 0 ? _due.Min.Due : DateTimeOffset.MaxValue;
        if (next >= _timerDue) return;
        var wait = next - _clock.GetUtcNow();
        _timerDue = next;
        // A timer has millisecond precision. Round up.
        _timer.Change(
            wait <= TimeSpan.Zero ? TimeSpan.Zero : wait > LongestTimer ? LongestTimer : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)),
            Timeout.InfiniteTimeSpan);
    }

    private StoredMessage Find(long sequenceNumber, Standing standing) =>
        _all.TryGetValue(sequenceNumber, out var message) && message.Standing == standing
            ? message
            : throw new BrokerException(BrokerFailure.MessageNotFound, $"No message with the sequence number {sequenceNumber} is {standing}.");

    private void ThrowIfClosed()
    {
        if (_closed) throw Journal.Closed();
    }
}
