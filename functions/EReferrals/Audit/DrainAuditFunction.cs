using System.Text.Json;
using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Resilience;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Chains;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Audit;

/// <summary>Moves audit entries from the <c>audit-pending</c> queue to the audit account. A redelivery writes the entries again, with the same ids.</summary>
public sealed class DrainAuditFunction(AuditBlobs blobs, MessageProcessor processor)
{
    [Function(nameof(DrainAuditFunction))]
    public Task DrainAsync(
        [ServiceBusTrigger(Queues.AuditPending, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        processor.ProcessAsync(Queues.AuditPending, message, actions, () => DrainAsync(message.Body.ToMemory(), cancellationToken), cancellationToken);

    private Task DrainAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken) => AreEntries(lines)
        ? blobs.AppendDrainedAsync(lines, cancellationToken)
        : throw new UnreadableMessageException();

    private static bool AreEntries(ReadOnlyMemory<byte> lines)
    {
        if (lines.IsEmpty || lines.Span[^1] != (byte)'\n') return false;
        try
        {
            var all = lines.Span[..^1];
            foreach (var range in all.Split((byte)'\n'))
            {
                // A line that reads like one of the chain would break it.
                if (Chain.IsOfChain(all[range])) return false;
                var reader = new Utf8JsonReader(all[range]);
                if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject || !reader.TrySkip() || reader.Read()) return false;
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
