using Azure.Messaging.ServiceBus;

namespace Microsoft.Azure.Functions.Worker;

public class ServiceBusSessionMessageActions
{
    private readonly ServiceBusSessionReceiver? session;

    internal ServiceBusSessionMessageActions(ServiceBusSessionReceiver session)
    {
        this.session = session;
        SessionLockedUntil = session.SessionLockedUntil;
    }

    protected ServiceBusSessionMessageActions()
    {
    }

    public virtual DateTimeOffset SessionLockedUntil { get; protected set; }

    internal bool ReleaseRequested { get; private set; }

    private ServiceBusSessionReceiver Session => session ?? throw new InvalidOperationException("This instance was made for a test double.");

    public virtual Task<BinaryData> GetSessionStateAsync(CancellationToken cancellationToken = default) =>
        Session.GetSessionStateAsync(cancellationToken);

    public virtual Task SetSessionStateAsync(BinaryData sessionState, CancellationToken cancellationToken = default) =>
        Session.SetSessionStateAsync(sessionState, cancellationToken);

    public virtual Task ReleaseSession(CancellationToken cancellationToken = default)
    {
        // As in the cloud the session goes back when the function has returned, not at once.
        ReleaseRequested = true;
        return Task.CompletedTask;
    }

    public virtual async Task RenewSessionLockAsync(CancellationToken cancellationToken = default)
    {
        await Session.RenewSessionLockAsync(cancellationToken);
        SessionLockedUntil = Session.SessionLockedUntil;
    }
}
