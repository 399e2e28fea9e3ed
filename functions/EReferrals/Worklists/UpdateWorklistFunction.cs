using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Overload;
using EReferrals.Referrals;
using EReferrals.Storage;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Worklists;

/// <summary>
/// Step 3 of the flow: applies a batch of changes to one worklist. The queue's session is the worklist, so that no other consumer works
/// on it at the same time.
/// </summary>
public sealed class UpdateWorklistFunction(
    WorklistTable worklists, WorklistVersions versions, SnapshotSchedule snapshots, RightOfWay acceptance, BackOff backOff, Telemetry telemetry, TimeProvider clock)
{
    [Function(nameof(UpdateWorklistFunction))]
    public async Task RunAsync(
        [ServiceBusTrigger(Queues.WorklistChanges, Connection = Queues.Connection, IsBatched = true, AutoCompleteMessages = false)]
        ServiceBusReceivedMessage[] messages,
        ServiceBusMessageActions actions,
        CancellationToken cancellation)
    {
        await backOff.RunAsync(Queues.WorklistChanges, messages, actions, some => acceptance.RunAsync(() => ApplyAsync(some, cancellation), cancellation), cancellation);
    }

    private async Task ApplyAsync(IReadOnlyList<ServiceBusReceivedMessage> messages, CancellationToken cancellation)
    {
        foreach (var ofOneList in messages.Select(ReferralBus.ReadChange).GroupBy(change => change.Worklist))
        {
            var head = await worklists.ApplyAsync(ofOneList.Key, ofOneList, cancellation);
            versions.Saw(ofOneList.Key, head);
            await snapshots.AskAsync(ofOneList.Key, cancellation);
            foreach (var change in ofOneList)
            {
                if (change is { Version: 1, Entry: { } entry }) telemetry.BecameVisible(clock.GetUtcNow() - entry.Received);
            }
        }
    }
}
