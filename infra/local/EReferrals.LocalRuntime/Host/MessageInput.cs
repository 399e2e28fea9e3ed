using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.LocalRuntime.Host;

internal sealed class MessageInput(ServiceBusReceivedMessage[] messages, ServiceBusReceiver receiver) : TriggerInput
{
    public ServiceBusReceivedMessage[] Messages => messages;

    public ServiceBusMessageActions Actions { get; } = new(receiver);

    public ServiceBusSessionMessageActions? SessionActions { get; } =
        receiver is ServiceBusSessionReceiver session ? new ServiceBusSessionMessageActions(session) : null;

    public override string? TraceParent =>
        messages[0].ApplicationProperties.TryGetValue("Diagnostic-Id", out var parent) ? parent as string : null;
}

internal sealed class TimerInput(TimerInfo timer) : TriggerInput
{
    public TimerInfo Timer => timer;
}
