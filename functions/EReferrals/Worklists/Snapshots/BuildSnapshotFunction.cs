using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Overload;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Worklists.Snapshots;

/// <summary>Step 5 of the flow: writes what is read when the tables do not answer.</summary>
public sealed class BuildSnapshotFunction(SnapshotBuilder builder, ProcessingThrottle acceptance, BackOff backOff)
{
    [Function(nameof(BuildSnapshotFunction))]
    public Task BuildAsync(
        [ServiceBusTrigger(Queues.WorklistSnapshots, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        backOff.ProcessAsync(
            Queues.WorklistSnapshots,
            message,
            actions,
            () => acceptance.ProcessAsync(() => builder.BuildAsync(ReferralBus.ReadSnapshotRequest(message), cancellationToken), cancellationToken),
            cancellationToken);
}
