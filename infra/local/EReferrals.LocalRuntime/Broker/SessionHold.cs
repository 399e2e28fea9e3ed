namespace EReferrals.LocalRuntime.Broker;

/// <summary>One receiver's exclusive hold on a session; at most one for a session is held at any time.</summary>
internal sealed class SessionHold(BrokerQueue queue, MessageSource session, DateTimeOffset lockedUntil)
{
    private volatile bool _isHeld = true;

    public string SessionId => session.SessionId!;

    public MessageSource Session => session;

    public DateTimeOffset LockedUntil { get; set; } = lockedUntil;

    public HashSet<StoredMessage> Messages { get; } = [];

    public bool IsHeld
    {
        get => _isHeld;
        set => _isHeld = value;
    }

    public void Release() => queue.ReleaseSession(this);
}
