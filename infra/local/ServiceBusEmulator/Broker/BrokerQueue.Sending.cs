namespace EReferrals.Local.ServiceBusEmulator.Broker;

internal sealed partial class BrokerQueue
{
    // The journal's thread alone uses it, in the order of the writes: a send is a duplicate only of one that is on disk with it.
    private readonly DuplicateHistory? _duplicates;

    public async Task<IReadOnlyList<long>> SendAsync(IReadOnlyList<Envelope> envelopes)
    {
        Validate(envelopes);
        var failure = _faults.NextSendFailure();
        if (failure == SendFailure.BeforeWrite) throw OutcomeUnknown();
        var sending = new Sending(this, envelopes);
        _idle.Change(1);
        await _journal.WriteAsync(sending.Write, sending.Apply, sending.Undo).ConfigureAwait(false);
        return failure == SendFailure.AfterWrite ? throw OutcomeUnknown() : sending.SequenceNumbers;
    }

    public Task CancelScheduledAsync(long[] sequenceNumbers) => Guarded(() =>
    {
        var messages = sequenceNumbers.Distinct().Select(ScheduledMessage).ToArray();
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

    /// <summary>As a queue does whose status is SendDisabled.</summary>
    public void ThrowIfSendsAreRefused()
    {
        if (_faults.RefusesSends(Name))
            throw new BrokerException(BrokerFailure.EntityDisabled, $"The messaging entity '{Name}' is currently disabled for sending.");
    }

    public void LoadDuplicate(string id, DateTimeOffset until) => _duplicates?.Add(id, until);

    private StoredMessage ScheduledMessage(long sequenceNumber) =>
        _all.TryGetValue(sequenceNumber, out var message) && message.Standing == Standing.Scheduled
            ? message
            : throw new BrokerException(BrokerFailure.MessageNotFound, $"There is no scheduled message with the sequence number {sequenceNumber}.");

    // As in the cloud, a scheduled message joins the end of the queue when its time comes, under a new sequence number.
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
        if (_faults.Busy)
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
        // The cloud would make an id up, and the sender's protection against duplicates would be silently off.
        if (_settings.RequiresDuplicateDetection && envelope.MessageId is null)
            throw new BrokerException(BrokerFailure.NotAllowed, $"'{Name}' detects duplicates by MessageId, and a message has none.");
    }

    private static BrokerException OutcomeUnknown() =>
        new(BrokerFailure.Timeout, "The send failed on purpose; it may or may not have happened.");

    private sealed class Sending(BrokerQueue queue, IReadOnlyList<Envelope> envelopes)
    {
        private readonly List<StoredMessage> _messages = [];
        private readonly List<string> _newIds = [];
        private readonly long[] _sequenceNumbers = new long[envelopes.Count];

        public IReadOnlyList<long> SequenceNumbers => _sequenceNumbers;

        public void Write(JournalStatements statements)
        {
            var now = queue._clock.GetUtcNow();
            if (queue._duplicates?.ShouldPruneFile(now) == true) statements.PruneDuplicates(queue.Name, now);
            for (var i = 0; i < envelopes.Count; i++)
            {
                _sequenceNumbers[i] = statements.NextSequence();
                if (IsNew(envelopes[i], statements, now)) Write(envelopes[i], _sequenceNumbers[i], statements, now);
            }
        }

        public void Apply()
        {
            queue.Guarded(() => _messages.ForEach(queue.Place));
            queue._idle.Change(-1);
        }

        public void Undo()
        {
            foreach (var id in _newIds) queue._duplicates!.Remove(id);
            queue._idle.Change(-1);
        }

        private bool IsNew(Envelope envelope, JournalStatements statements, DateTimeOffset now)
        {
            if (queue._duplicates is null) return true;
            if (!queue._duplicates.TryAdd(envelope.MessageId!, now, out var until)) return false;
            _newIds.Add(envelope.MessageId!);
            statements.AddDuplicate(queue.Name, envelope.MessageId!, until);
            return true;
        }

        private void Write(Envelope envelope, long sequence, JournalStatements statements, DateTimeOffset now)
        {
            var message = new StoredMessage
            {
                Envelope = envelope.AsAccepted(),
                TimeToLive = queue.LifeOf(envelope),
                Sequence = sequence,
                EnqueuedSequence = sequence,
                Enqueued = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero),
                ScheduledFor = envelope.ScheduledEnqueueTime > now ? envelope.ScheduledEnqueueTime : default,
            };
            statements.Insert(queue.Name, message);
            _messages.Add(message);
        }
    }
}
