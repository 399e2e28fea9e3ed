using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.LocalRuntime.Tests.Host.QueueApp;

/// <summary>What the functions were given, and what they shall do with it.</summary>
public sealed class Script
{
    public ConcurrentQueue<string> Seen { get; } = [];

    public ConcurrentQueue<int> BatchSizes { get; } = [];

    public Func<ServiceBusReceivedMessage, ServiceBusMessageActions, Task> OnMessage { get; set; } = (message, actions) => actions.CompleteMessageAsync(message);

    public Func<ServiceBusReceivedMessage[], ServiceBusMessageActions, ServiceBusSessionMessageActions?, Task> OnBatch { get; set; } =
        async (messages, actions, _) =>
        {
            foreach (var message in messages) await actions.CompleteMessageAsync(message);
        };
}

public sealed class QueueFunctions(Script script)
{
    [Function("Plain")]
    public Task Plain(
        [ServiceBusTrigger("plain", Connection = "ServiceBusConnection", AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions)
    {
        script.Seen.Enqueue($"{message.Body} {message.DeliveryCount}");
        return script.OnMessage(message, actions);
    }

    [Function("DeadLetters")]
    public Task DeadLetters(
        [ServiceBusTrigger("plain/$DeadLetterQueue", Connection = "ServiceBusConnection", AutoCompleteMessages = true)]
        ServiceBusReceivedMessage message)
    {
        script.Seen.Enqueue($"dead {message.Body} {message.DeadLetterReason}");
        return Task.CompletedTask;
    }

    [Function("Batched")]
    public Task Batched(
        [ServiceBusTrigger("%BatchQueue%", Connection = "ServiceBusConnection", IsBatched = true)] ServiceBusReceivedMessage[] messages,
        ServiceBusMessageActions actions)
    {
        foreach (var message in messages) script.Seen.Enqueue($"batched {message.Body}");
        script.BatchSizes.Enqueue(messages.Length);
        return script.OnBatch(messages, actions, null);
    }

    [Function("Sessions")]
    public Task Sessions(
        [ServiceBusTrigger("sessions", Connection = "ServiceBusConnection", IsBatched = true, IsSessionsEnabled = true)]
        ServiceBusReceivedMessage[] messages,
        ServiceBusMessageActions actions,
        ServiceBusSessionMessageActions session)
    {
        script.Seen.Enqueue(string.Join(' ', messages.Select(message => $"{message.SessionId}{message.Body}")));
        return script.OnBatch(messages, actions, session);
    }
}
