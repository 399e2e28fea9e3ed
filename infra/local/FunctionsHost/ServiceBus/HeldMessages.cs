using System.Collections.Concurrent;

namespace EReferrals.Local.FunctionsHost.ServiceBus;

/// <summary>The messages of running invocations, by lock token.</summary>
internal sealed class HeldMessages
{
    private readonly ConcurrentDictionary<string, HeldMessage> _messages = new(StringComparer.OrdinalIgnoreCase);

    public HeldMessage Hold(ServiceBusReceivedMessage message, ServiceBusReceiver receiver) =>
        _messages[message.LockToken] = new HeldMessage(message, receiver);

    public void Release(HeldMessage held) => _messages.TryRemove(held.Message.LockToken, out _);

    public HeldMessage? Find(string lockToken) => _messages.GetValueOrDefault(lockToken);
}

/// <summary>A locked message and the receiver that can settle it.</summary>
internal sealed class HeldMessage(ServiceBusReceivedMessage message, ServiceBusReceiver receiver)
{
    private volatile bool _isSettled;

    public ServiceBusReceivedMessage Message => message;

    public ServiceBusReceiver Receiver => receiver;

    public bool IsSettled => _isSettled;

    public async Task SettleAsync(Func<ServiceBusReceiver, ServiceBusReceivedMessage, Task> settle)
    {
        await settle(receiver, message);
        _isSettled = true;
    }
}
