using Azure.Messaging.ServiceBus;

namespace EReferrals.LocalRuntime.Broker;

internal sealed partial class BrokerQueue
{
    private readonly Dictionary<string, MessageSource> _sessions = [];
    private readonly SortedSet<(long From, string Id)> _ready = [];
    private readonly LinkedList<Waiter<SessionHold>> _acceptors = [];
    private readonly SortedSet<SessionHold> _holds = new(Comparer<SessionHold>.Create((left, right) =>
        (left.LockedUntil, left.SessionId).CompareTo((right.LockedUntil, right.SessionId))));

    /// <param name="sessionId">Null for the session whose first message is the oldest.</param>
    public Task<SessionHold> AcceptSessionAsync(string? sessionId, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (!_settings.RequiresSession)
        {
            throw new InvalidOperationException($"'{Name}' does not require sessions; a session receiver cannot be created for it.");
        }
        if (sessionId is not null)
        {
            return Task.FromResult(Guarded(() => AcceptSession(sessionId)));
        }
        var waiter = new Waiter<SessionHold>();
        var node = Guarded(() =>
        {
            ThrowIfClosed();
            return _acceptors.AddLast(waiter);
        });
        return WaitAsync(
            node,
            wait,
            () => waiter.Answer.SetException(Failure(ServiceBusFailureReason.ServiceTimeout, "No session became available in time.")),
            cancellationToken);
    }

    public void RenewSession(SessionHold hold) => Guarded(() =>
    {
        ThrowIfLost(hold);
        _holds.Remove(hold);
        hold.LockedUntil = _clock.GetUtcNow() + _settings.LockDuration;
        _holds.Add(hold);
    });

    public byte[]? SessionState(SessionHold hold) => Guarded(() =>
    {
        ThrowIfLost(hold);
        return hold.Session.State;
    });

    public Task SetSessionStateAsync(SessionHold hold, byte[]? state) => Guarded(() =>
    {
        ThrowIfLost(hold);
        if (state?.Length > Limits.SessionStateSize)
        {
            throw Failure(ServiceBusFailureReason.MessageSizeExceeded, $"A session state has at most {Limits.SessionStateSize} bytes.");
        }
        return _journal.WriteAsync(
            statements => statements.SetSessionState(Name, hold.SessionId, state),
            () => Guarded(() => SessionOf(hold.SessionId).State = state));
    });

    public void LoadSessionState(string sessionId, byte[] state) => SessionOf(sessionId).State = state;

    /// <summary>Given back by its holder: what was delivered and not settled does not count as delivered.</summary>
    public void ReleaseSession(SessionHold hold) => Guarded(() =>
    {
        if (hold.IsHeld)
        {
            EndHold(hold, countDeliveries: false);
        }
    });

    private void EndHold(SessionHold hold, bool countDeliveries)
    {
        _holds.Remove(hold);
        hold.IsHeld = false;
        hold.Session.Holder = null;
        Fail(hold.Session.Receivers, SessionLost(hold));
        foreach (var message in hold.Messages.ToArray())
        {
            if (!countDeliveries)
            {
                UncountDelivery(message);
            }
            Release(message);
        }
        Wake(hold.Session);
    }

    private void UncountDelivery(StoredMessage message)
    {
        var sequence = message.Sequence;
        var count = --message.DeliveryCount;
        _ = _journal.WriteAsync(statements => statements.SetDeliveryCount(sequence, count));
    }

    private SessionHold AcceptSession(string sessionId)
    {
        ThrowIfClosed();
        var session = SessionOf(sessionId);
        if (session.Holder is not null)
        {
            throw Failure(
                ServiceBusFailureReason.SessionCannotBeLocked, $"The requested session '{sessionId}' cannot be accepted. It may be locked by another receiver.");
        }
        return Hold(session);
    }

    private SessionHold Hold(MessageSource session)
    {
        var hold = new SessionHold(this, session, _clock.GetUtcNow() + _settings.LockDuration);
        session.Holder = hold;
        _holds.Add(hold);
        Refresh(session);
        return hold;
    }

    private void OfferSessions()
    {
        while (_acceptors.First is { } first && _ready.Count > 0 && !_closed)
        {
            _acceptors.RemoveFirst();
            first.Value.Answer.SetResult(Hold(_sessions[_ready.Min.Id]));
        }
    }

    private MessageSource SessionOf(string sessionId)
    {
        if (!_sessions.TryGetValue(sessionId, out var session))
        {
            session = new MessageSource(sessionId);
            _sessions.Add(sessionId, session);
        }
        return session;
    }

    private void Refresh(MessageSource session)
    {
        if (session.ReadyFrom is { } from)
        {
            _ready.Remove((from, session.SessionId!));
            session.ReadyFrom = null;
        }
        if (session.Holder is null && session.Available.Min is { } first)
        {
            session.ReadyFrom = first.Sequence;
            _ready.Add((first.Sequence, session.SessionId!));
        }
        else if (session.Holder is null && session.State is null)
        {
            _sessions.Remove(session.SessionId!);
        }
    }

    private void ThrowIfLost(SessionHold hold)
    {
        ThrowIfClosed();
        if (!hold.IsHeld)
        {
            throw SessionLost(hold);
        }
    }

    private ServiceBusException SessionLost(SessionHold hold) =>
        Failure(ServiceBusFailureReason.SessionLockLost, $"The session lock has expired on the session '{hold.SessionId}'. Accept a new session receiver.");
}
