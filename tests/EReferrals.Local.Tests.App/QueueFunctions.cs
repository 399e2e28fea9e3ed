using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Local.Tests.App;

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
        [ServiceBusTrigger("plain/$DeadLetterQueue", Connection = "ServiceBusConnection", AutoCompleteMessages = true)] ServiceBusReceivedMessage message)
    {
        script.Seen.Enqueue($"dead {message.Body} {message.DeadLetterReason}");
        return Task.CompletedTask;
    }

    [Function("Automatic")]
    public Task Automatic(
        [ServiceBusTrigger("automatic", Connection = "ServiceBusConnection", AutoCompleteMessages = true)] ServiceBusReceivedMessage message)
    {
        script.Seen.Enqueue($"automatic {message.Body} {message.DeliveryCount}");
        script.OnAutomatic(message);
        return Task.CompletedTask;
    }

    [Function("Batched")]
    public Task Batched(
        [ServiceBusTrigger("%BatchQueue%", Connection = "ServiceBusConnection", IsBatched = true, AutoCompleteMessages = false)]
        ServiceBusReceivedMessage[] messages,
        ServiceBusMessageActions actions)
    {
        foreach (var message in messages) script.Seen.Enqueue($"batched {message.Body}");
        script.BatchSizes.Enqueue(messages.Length);
        return script.OnBatch(messages, actions);
    }
}
