using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Overload;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Processing;

/// <summary>Step 2 of the flow: takes one accepted submission off the queue.</summary>
public sealed class ProcessSubmissionFunction(SubmissionProcessing processing, ProcessingThrottle acceptance, ServiceTelemetry telemetry, BackOff backOff)
{
    [Function(nameof(ProcessSubmissionFunction))]
    public Task ProcessAsync(
        [ServiceBusTrigger(Queues.ReferralSubmitted, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        backOff.ProcessAsync(
            Queues.ReferralSubmitted,
            message,
            actions,
            () => acceptance.ProcessAsync(() => ProcessAsync(message, cancellationToken), cancellationToken),
            cancellationToken);

    private async Task ProcessAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken)
    {
        await processing.ProcessAsync(ReferralBus.ReadSubmission(message), cancellationToken);
        telemetry.Processed();
    }
}
