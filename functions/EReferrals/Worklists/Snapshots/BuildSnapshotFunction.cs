using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Worklists.Snapshots;

/// <summary>Writes the snapshot of a worklist, which is read when the tables do not respond.</summary>
public sealed class BuildSnapshotFunction(SnapshotBuilder builder, MessageProcessor processor)
{
    [Function(nameof(BuildSnapshotFunction))]
    public Task BuildAsync(
        [ServiceBusTrigger(Queues.WorklistSnapshots, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        processor.ProcessThrottledAsync(Queues.WorklistSnapshots, message, actions, () => BuildAsync(message, cancellationToken), cancellationToken);

    private Task BuildAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken) =>
        builder.BuildAsync(ReferralBus.ReadSnapshotRequest(message), cancellationToken);
}
