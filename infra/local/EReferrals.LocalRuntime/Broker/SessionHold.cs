namespace EReferrals.LocalRuntime.Broker;

internal sealed class SessionHold
{
    public string SessionId => throw new NotImplementedException();

    public DateTimeOffset LockedUntil => throw new NotImplementedException();

    public bool IsHeld => throw new NotImplementedException();

    public Task ReleaseAsync() => throw new NotImplementedException();
}
