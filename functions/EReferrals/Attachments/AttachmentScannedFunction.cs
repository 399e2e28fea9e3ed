using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Storage;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace EReferrals.Attachments;

/// <summary>Records what the malware scanner says of an attachment. Until it has spoken nobody can open the file.</summary>
public sealed partial class AttachmentScannedFunction(
    AttachmentTable attachments, BackOff backOff, Telemetry telemetry, TimeProvider clock, ILogger<AttachmentScannedFunction> logger)
{
    [Function(nameof(AttachmentScannedFunction))]
    public Task RunAsync(
        [ServiceBusTrigger(Queues.AttachmentScanned, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellation) =>
        backOff.RunAsync(
            Queues.AttachmentScanned, message, actions, () => RecordAsync(message.Body.ToMemory(), cancellation), cancellation);

    private async Task RecordAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var scan = ScanEvent.Read(body) ?? throw new HopelessMessageException("UnreadableEvent");
        // The row is written before the bytes, so that a verdict without a row is about a blob that is not ours to show.
        var attachment = await attachments.RecordVerdictAsync(scan.Id, scan.Verdict, scan.At ?? clock.GetUtcNow(), cancellation);
        if (attachment is null) throw new HopelessMessageException("UnknownAttachment");
        telemetry.Scanned();
        Log.Scanned(logger, attachment.Id, attachment.Status);
    }

    private static partial class Log
    {
        [LoggerMessage(6001, LogLevel.Information, "Attachment {Id} is {Status}")]
        public static partial void Scanned(ILogger logger, string id, Referrals.AttachmentStatus status);
    }
}
