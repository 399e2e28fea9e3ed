namespace EReferrals.LocalRuntime.Broker;

internal sealed class BrokerQueue
{
    public Task<IReadOnlyList<long>> SendAsync(IReadOnlyList<Envelope> envelopes, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    public Task CancelScheduledAsync(long[] sequenceNumbers, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<IReadOnlyList<Delivery>> ReceiveAsync(
        int max, TimeSpan wait, bool andDelete, SessionHold? hold, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<IReadOnlyList<Delivery>> ReceiveDeferredAsync(long[] sequenceNumbers, bool andDelete, SessionHold? hold) =>
        throw new NotImplementedException();

    public IReadOnlyList<Delivery> Peek(int max, long from, SessionHold? hold) => throw new NotImplementedException();

    public Task CompleteAsync(long sequenceNumber, Guid token, SessionHold? hold) => throw new NotImplementedException();

    public Task AbandonAsync(long sequenceNumber, Guid token, IDictionary<string, object?>? changes, SessionHold? hold) =>
        throw new NotImplementedException();

    public Task DeferAsync(long sequenceNumber, Guid token, IDictionary<string, object?>? changes, SessionHold? hold) =>
        throw new NotImplementedException();

    public Task DeadLetterAsync(long sequenceNumber, Guid token, IDictionary<string, object?>? changes, SessionHold? hold) =>
        throw new NotImplementedException();

    public DateTimeOffset RenewLock(long sequenceNumber, Guid token) => throw new NotImplementedException();

    public Task<SessionHold> AcceptSessionAsync(string? sessionId, TimeSpan wait, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    public void RenewSession(SessionHold hold) => throw new NotImplementedException();

    public byte[]? SessionState(SessionHold hold) => throw new NotImplementedException();

    public Task SetSessionStateAsync(SessionHold hold, byte[]? state) => throw new NotImplementedException();
}
