using Azure.Messaging.ServiceBus;
using EReferrals.LocalRuntime.Tests.Host.QueueApp;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.LocalRuntime.Tests.Host.SessionApp;

public sealed class SessionFunctions(Script script)
{
    [Function("OneOfASession")]
    public Task OneOfASession(
        [ServiceBusTrigger("sessions", Connection = "ServiceBusConnection", IsSessionsEnabled = true)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions)
    {
        script.Seen.Enqueue($"{message.SessionId}{message.Body}");
        return script.OnMessage(message, actions);
    }
}
