using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Messaging;

/// <summary>
/// What a queue function does around its work: it settles the messages by the outcome of the work, traces it (<see cref="BackOff"/>) and, where
/// the function yields to the acceptance of referrals, throttles it.
/// </summary>
public sealed class MessageProcessor(BackOff backOff, IProcessingThrottle throttle)
{
    public Task ProcessAsync(
        string queue, ServiceBusReceivedMessage message, ServiceBusMessageActions actions, Func<Task> work, CancellationToken cancellationToken) =>
        backOff.ProcessAsync(queue, [message], actions, _ => work(), cancellationToken);

    public Task ProcessThrottledAsync(
        string queue, ServiceBusReceivedMessage message, ServiceBusMessageActions actions, Func<Task> work, CancellationToken cancellationToken) =>
        ProcessThrottledAsync(queue, [message], actions, _ => work(), cancellationToken);

    /// <param name="work">Is given all messages, or fewer when they cannot be processed together.</param>
    public Task ProcessThrottledAsync(
        string queue,
        IReadOnlyList<ServiceBusReceivedMessage> messages,
        ServiceBusMessageActions actions,
        Func<IReadOnlyList<ServiceBusReceivedMessage>, Task> work,
        CancellationToken cancellationToken) =>
        backOff.ProcessAsync(queue, messages, actions, batch => throttle.ProcessAsync(() => work(batch), cancellationToken), cancellationToken);
}
