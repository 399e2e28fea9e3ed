#nullable disable
using EReferrals.LocalRuntime.Broker;

namespace Azure.Messaging.ServiceBus;

public class ServiceBusSessionReceiver : ServiceBusReceiver
{
    internal ServiceBusSessionReceiver(
        ServiceBusClient client, string queueName, ServiceBusSessionReceiverOptions options, SessionHold hold)
        : base(client, queueName, new ServiceBusReceiverOptions
        {
            Identifier = options.Identifier,
            PrefetchCount = options.PrefetchCount,
            ReceiveMode = options.ReceiveMode,
        }) => Hold = hold;

    protected ServiceBusSessionReceiver()
    {
    }

    public override bool IsClosed => base.IsClosed || !Hold.IsHeld;

    public virtual string SessionId => Hold.SessionId;

    public virtual DateTimeOffset SessionLockedUntil => Hold.LockedUntil;

    internal override SessionHold Hold { get; }

    public virtual Task RenewSessionLockAsync(CancellationToken cancellationToken = default)
    {
        Open(cancellationToken).RenewSession(Hold);
        return Task.CompletedTask;
    }

    public virtual Task<BinaryData> GetSessionStateAsync(CancellationToken cancellationToken = default)
    {
        var state = Open(cancellationToken).SessionState(Hold);
        return Task.FromResult(state is null ? null : new BinaryData(state));
    }

    public virtual async Task SetSessionStateAsync(BinaryData sessionState, CancellationToken cancellationToken = default) =>
        await Open(cancellationToken).SetSessionStateAsync(Hold, sessionState?.ToArray()).ConfigureAwait(false);
}
