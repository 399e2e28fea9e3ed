using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Overload;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Processing;

/// <summary>Step 2 of the flow: takes one accepted submission off the queue.</summary>
public sealed class ProcessSubmissionFunction(SubmissionProcessing processing, RightOfWay acceptance, ServiceTelemetry telemetry, BackOff backOff)
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
            () => acceptance.RunAsync(() => ProcessAsync(message, cancellation), cancellation),
            cancellation);

    private async Task ProcessAsync(ServiceBusReceivedMessage message, CancellationToken cancellation)
    {
        await processing.RunAsync(ReferralBus.ReadSubmission(message), cancellation);
        telemetry.Processed();
    }
}
