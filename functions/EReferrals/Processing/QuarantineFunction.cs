using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Storage;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace EReferrals.Processing;

/// <summary>Reads every dead-letter queue, so that what could not be processed is seen and can be replayed.</summary>
public sealed partial class QuarantineFunction(QuarantineTable quarantine, Telemetry telemetry, TimeProvider clock, ILogger<QuarantineFunction> logger)
{
    [Function("QuarantineReferralSubmitted")]
    public Task ReferralSubmittedAsync(
        [ServiceBusTrigger(Queues.ReferralSubmitted + Queues.DeadLetters, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellation) => SaveAsync(Queues.ReferralSubmitted, message, actions, cancellation);

    [Function("QuarantineWorklistChanges")]
    public Task WorklistChangesAsync(
        [ServiceBusTrigger(Queues.WorklistChanges + Queues.DeadLetters, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellation) => SaveAsync(Queues.WorklistChanges, message, actions, cancellation);

    [Function("QuarantineReferralFollowUp")]
    public Task ReferralFollowUpAsync(
        [ServiceBusTrigger(Queues.ReferralFollowUp + Queues.DeadLetters, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellation) => SaveAsync(Queues.ReferralFollowUp, message, actions, cancellation);

    [Function("QuarantineWorklistSnapshots")]
    public Task WorklistSnapshotsAsync(
        [ServiceBusTrigger(Queues.WorklistSnapshots + Queues.DeadLetters, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellation) => SaveAsync(Queues.WorklistSnapshots, message, actions, cancellation);

    [Function("QuarantineAttachmentScanned")]
    public Task AttachmentScannedAsync(
        [ServiceBusTrigger(Queues.AttachmentScanned + Queues.DeadLetters, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellation) => SaveAsync(Queues.AttachmentScanned, message, actions, cancellation);

    [Function("QuarantineAuditPending")]
    public Task AuditPendingAsync(
        [ServiceBusTrigger(Queues.AuditPending + Queues.DeadLetters, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellation) => SaveAsync(Queues.AuditPending, message, actions, cancellation);

    private async Task SaveAsync(
        string queue, ServiceBusReceivedMessage message, ServiceBusMessageActions actions, CancellationToken cancellation)
    {
        var letter = DeadLetter.Of(queue, message, clock.GetUtcNow());
        try
        {
            await quarantine.SaveAsync(letter, message.Body, cancellation);
        }
        catch (Exception failed) when (!cancellation.IsCancellationRequested)
        {
            // Neither settled nor thrown, whatever it is: a thrown dead letter comes back at once and for ever, an unsettled one when its
            // lock has run out.
            Log.ComesAgain(logger, queue, failed);
            return;
        }

        Log.Quarantined(logger, letter.Id, letter.Reason);
        telemetry.DeadLettered(queue);
        await actions.CompleteMessageAsync(message, cancellation);
    }

    private static partial class Log
    {
        [LoggerMessage(3101, LogLevel.Error, "Dead letter {Id} is in quarantine: {Reason}. Look at it, then replay or discard it")]
        public static partial void Quarantined(ILogger logger, DeadLetterId id, string reason);

        [LoggerMessage(3102, LogLevel.Error, "A dead letter of {Queue} could not be saved; it comes again when its lock has run out")]
        public static partial void ComesAgain(ILogger logger, string queue, Exception failed);
    }
}
