using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Overload;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Worklists.Snapshots;

/// <summary>Step 5 of the flow: writes what is read when the tables do not answer.</summary>
public sealed class BuildSnapshotFunction(SnapshotBuilder builder, RightOfWay acceptance, BackOff backOff)
{
    [Function(nameof(BuildSnapshotFunction))]
    public Task RunAsync(
        [ServiceBusTrigger(Queues.WorklistSnapshots, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellation) =>
        backOff.RunAsync(
            Queues.WorklistSnapshots,
            message,
            actions,
            () => acceptance.RunAsync(() => builder.BuildAsync(ReferralBus.ReadSnapshotRequest(message), cancellation), cancellation),
            cancellation);
}
