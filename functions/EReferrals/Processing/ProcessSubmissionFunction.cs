using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Processing;

/// <summary>Step 2 of the flow: takes one accepted submission off the queue.</summary>
public sealed class ProcessSubmissionFunction(SubmissionProcessing processing, Telemetry telemetry, BackOff backOff)
{
    [Function(nameof(ProcessSubmissionFunction))]
    public Task RunAsync(
        [ServiceBusTrigger(Queues.ReferralSubmitted, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellation) =>
        backOff.RunAsync(
            Queues.ReferralSubmitted,
            message,
            actions,
            async () =>
            {
                await processing.RunAsync(ReferralBus.ReadSubmission(message), cancellation);
                telemetry.Processed();
            },
            cancellation);
}
