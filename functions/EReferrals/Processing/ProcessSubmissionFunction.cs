using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Processing;

/// <summary>Processes one accepted submission from the queue.</summary>
public sealed class ProcessSubmissionFunction(SubmissionProcessing processing, MessageProcessor processor, ServiceTelemetry telemetry)
{
    [Function(nameof(ProcessSubmissionFunction))]
    public Task ProcessAsync(
        [ServiceBusTrigger(Queues.ReferralSubmitted, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        processor.ProcessThrottledAsync(Queues.ReferralSubmitted, message, actions, () => ProcessAsync(message, cancellationToken), cancellationToken);

    private async Task ProcessAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken)
    {
        await processing.ProcessAsync(ReferralBus.ReadSubmission(message), cancellationToken);
        telemetry.Processed();
    }
}
