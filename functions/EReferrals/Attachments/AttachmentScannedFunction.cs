using Azure.Messaging.ServiceBus;
using EReferrals.Lifecycle;
using EReferrals.Messaging;
using EReferrals.Referrals.Letters;
using EReferrals.Resilience;
using EReferrals.Storage.Retention;
using EReferrals.Storage.Tables;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace EReferrals.Attachments;

/// <summary>Records the verdict of the malware scanner on an attachment. Before the verdict, the file cannot be opened.</summary>
public sealed partial class AttachmentScannedFunction(
    AttachmentTable attachments, PendingScans pending, DeletedFiles deleted, LetterCheck letters, MessageProcessor processor, ServiceTelemetry telemetry,
    TimeProvider clock, ILogger<AttachmentScannedFunction> logger)
{
    [Function(nameof(AttachmentScannedFunction))]
    public Task RecordAsync(
        [ServiceBusTrigger(Queues.AttachmentScanned, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        processor.ProcessAsync(Queues.AttachmentScanned, message, actions, () => RecordAsync(message, cancellationToken), cancellationToken);

    private async Task RecordAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken)
    {
        var scan = ScanEvent.Read(message.Body.ToMemory()) ?? throw new UnprocessableMessageException("UnreadableEvent");
        var attachment = await attachments.RecordVerdictAsync(scan.Id, scan.Verdict, scan.At ?? clock.GetUtcNow(), cancellationToken);
        if (attachment is null)
        {
            // The row is written before the bytes and deleted after them, so a verdict without a row is about a blob that is not an attachment, or is gone.
            if (!await deleted.HasAsync(scan.Id, cancellationToken)) throw new UnprocessableMessageException("UnknownAttachment");
            telemetry.Scanned();
            Log.Deleted(logger, scan.Id);
            return;
        }

        // A repeated delivery updates the referral again, because the first may have stopped after it recorded the verdict.
        if (attachment.LinkedTo is { } ubrn) await letters.CheckAsync(ubrn, message.CorrelationId ?? $"scan-{attachment.Id}", cancellationToken);
        if (attachment.Status != AttachmentStatus.Pending) await pending.ClearAsync(attachment, cancellationToken);
        telemetry.Scanned();
        Log.Scanned(logger, attachment.Id, attachment.Status);
    }

    private static partial class Log
    {
        [LoggerMessage(1401, LogLevel.Information, "Attachment {Id} is {Status}")]
        public static partial void Scanned(ILogger logger, string id, AttachmentStatus status);

        [LoggerMessage(1402, LogLevel.Information, "A verdict on attachment {Id} was dropped, because the attachment was deleted")]
        public static partial void Deleted(ILogger logger, string id);
    }
}
