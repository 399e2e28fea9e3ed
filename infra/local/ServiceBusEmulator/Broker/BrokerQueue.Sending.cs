namespace EReferrals.Local.ServiceBusEmulator.Broker;

internal sealed partial class BrokerQueue
{
    private static readonly TimeSpan PruneInterval = TimeSpan.FromSeconds(30);

    private DateTimeOffset _nextPrune;

    public async Task<IReadOnlyList<long>> SendAsync(IReadOnlyList<Envelope> envelopes)
    {
        Validate(envelopes);
        var failure = _faults().NextSendFailure();
        if (failure == SendFailure.BeforeWrite) throw OutcomeUnknown();
        var sequenceNumbers = new long[envelopes.Count];
        var messages = new List<StoredMessage>(envelopes.Count);
        _idle.Change(1);
        await _journal.WriteAsync(
            statements => Write(statements, envelopes, sequenceNumbers, messages),
            () =>
            {
                Guarded(() => messages.ForEach(Place));
                _idle.Change(-1);
            },
            () => _idle.Change(-1)).ConfigureAwait(false);
        return failure == SendFailure.AfterWrite ? throw OutcomeUnknown() : sequenceNumbers;
    }

    public Task CancelScheduledAsync(long[] sequenceNumbers) => Guarded(() =>
    {
        var messages = sequenceNumbers.Distinct().Select(number => Find(number, Standing.Scheduled)).ToArray();
        foreach (var message in messages) Move(message, Standing.Writing);
        return _journal.WriteAsync(
            statements => Array.ForEach(messages, message => statements.Delete(message.Sequence)),
            () => Guarded(() => Array.ForEach(messages, message => Move(message, Standing.Gone))),
            () => Guarded(() => Array.ForEach(messages, message => Move(message, Standing.Scheduled))));
    });

    public Task DeliverScheduledNowAsync() => Guarded(() =>
        Task.WhenAll(_all.Values.Where(message => message.Standing == Standing.Scheduled).ToArray()
            .OrderBy(message => (message.ScheduledFor, message.Sequence))
            .Select(Activate)
            .ToArray()));

    /// <summary>Throws when the send fault is on, as a queue with the status SendDisabled does.</summary>
    public void ThrowIfSendsAreRefused()
    {
        if (_faults().RefusesSends(Name))
            throw new BrokerException(BrokerFailure.EntityDisabled, $"The messaging entity '{Name}' is currently disabled for sending.");
    }

    // Runs on the journal's thread in the order of the writes: a send is a duplicate only of a send that is written before it or in the same commit.
    private void Write(JournalStatements statements, IReadOnlyList<Envelope> envelopes, long[] sequenceNumbers, List<StoredMessage> messages)
    {
        var now = _clock.GetUtcNow();
        if (now >= _nextPrune)
        {
            statements.PruneDuplicates(Name, now);
            _nextPrune = now + PruneInterval;
        }
        for (var i = 0; i < envelopes.Count; i++)
        {
            sequenceNumbers[i] = statements.NextSequence();
            if (!IsNew(statements, envelopes[i], now)) continue;
            var message = NewMessage(envelopes[i], sequenceNumbers[i], now);
            statements.Insert(Name, message);
            messages.Add(message);
        }
    }

    private bool IsNew(JournalStatements statements, Envelope envelope, DateTimeOffset now) =>
        _settings.DuplicateDetectionHistoryTimeWindow is not { } window || statements.TryAddDuplicate(Name, envelope.MessageId!, now, now + window);

    private StoredMessage NewMessage(Envelope envelope, long sequence, DateTimeOffset now) => new()
    {
        Envelope = envelope.AsAccepted(),
        TimeToLive = LifeOf(envelope),
        Sequence = sequence,
        EnqueuedSequence = sequence,
        Enqueued = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero),
        ScheduledFor = envelope.ScheduledEnqueueTime > now ? envelope.ScheduledEnqueueTime : default,
    };

    // As in the cloud, a scheduled message that becomes due joins the end of the queue with a new sequence number.
    private Task Activate(StoredMessage message)
    {
        var sequence = 0L;
        var now = _clock.GetUtcNow();
        Move(message, Standing.Writing);
        return _journal.WriteAsync(
            statements =>
            {
                sequence = statements.NextSequence();
                statements.Activate(message.Sequence, sequence, now);
            },
            () => Guarded(() =>
            {
                _all.Remove(message.Sequence);
                message.Sequence = sequence;
                message.Enqueued = now;
                _all.Add(sequence, message);
                Release(message);
            }),
            () => Guarded(() =>
            {
                message.ScheduledFor = _clock.GetUtcNow() + RetryInterval;
                Move(message, Standing.Scheduled);
            }));
    }

    private void Validate(IReadOnlyList<Envelope> envelopes)
    {
        if (IsForDeadLetters) throw new BrokerException(BrokerFailure.NotAllowed, "Messages cannot be sent to a dead-letter queue.");
        if (_faults().Busy)
            throw new BrokerException(BrokerFailure.ServerBusy, "The service was unable to process the request; please retry the operation.");
        ThrowIfSendsAreRefused();
        foreach (var envelope in envelopes) Validate(envelope);
        var size = envelopes.Sum(envelope => envelope.Size);
        if (size > Limits.MessageSize || envelopes.Count > Limits.MessagesInBatch)
        {
            throw new BrokerException(
                BrokerFailure.MessageSizeExceeded,
                $"{envelopes.Count} message(s) of {size} bytes exceed the limit of {Limits.MessageSize} bytes or {Limits.MessagesInBatch} messages.");
        }
    }

    private void Validate(Envelope envelope)
    {
        if (envelope.HeaderSize > Limits.HeaderSize)
        {
            throw new BrokerException(
                BrokerFailure.MessageSizeExceeded,
                $"The properties of a message take {envelope.HeaderSize} bytes; at most {Limits.HeaderSize} are allowed.");
        }
        if (envelope.MessageId?.Length > Limits.IdLength)
            throw new BrokerException(BrokerFailure.ArgumentError, $"A message id has more than {Limits.IdLength} characters.");
        // The cloud would generate an id, and the sender's duplicate detection would silently have no effect.
        if (_settings.RequiresDuplicateDetection && envelope.MessageId is null)
            throw new BrokerException(BrokerFailure.NotAllowed, $"'{Name}' detects duplicates, and a message has no MessageId.");
    }

    private static BrokerException OutcomeUnknown() =>
        new(BrokerFailure.Timeout, "The send failed because of an injected fault. It may or may not have been stored.");
}
