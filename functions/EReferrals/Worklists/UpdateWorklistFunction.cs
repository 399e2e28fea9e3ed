using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Storage;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Worklists;

/// <summary>
/// Step 3 of the flow: applies a batch of changes to one worklist. The queue's session is the worklist, so that no other consumer works
/// on it at the same time.
/// </summary>
public sealed class UpdateWorklistFunction(WorklistTable worklists, WorklistVersions versions, SnapshotSchedule snapshots, BackOff backOff)
{
    [Function(nameof(UpdateWorklistFunction))]
    public async Task RunAsync(
        [ServiceBusTrigger(Queues.WorklistChanges, Connection = Queues.Connection, IsSessionsEnabled = true, IsBatched = true, AutoCompleteMessages = false)]
        ServiceBusReceivedMessage[] messages,
        ServiceBusMessageActions actions,
        ServiceBusSessionMessageActions session,
        CancellationToken cancellation)
    {
        var readable = new List<ServiceBusReceivedMessage>(messages.Length);
        var changes = new List<WorklistChange>(messages.Length);
        foreach (var message in messages)
        {
            try
            {
                changes.Add(ReferralBus.ReadChange(message));
                readable.Add(message);
            }
            catch (UnreadableMessageException)
            {
                await BackOff.DeadLetterAsync(message, actions, "Unreadable", cancellation);
            }
        }

        if (readable.Count > 0)
        {
            await backOff.RunAsync(Queues.WorklistChanges, readable, actions, () => ApplyAsync(changes, cancellation), cancellation);
        }

        // An instance owns one list at a time. Without this it would wait on a busy list for more while others stand still.
        await session.ReleaseSession(cancellation);
    }

    private async Task ApplyAsync(List<WorklistChange> changes, CancellationToken cancellation)
    {
        foreach (var ofOneList in changes.GroupBy(change => change.Worklist))
        {
            var head = await worklists.ApplyAsync(ofOneList.Key, ofOneList, cancellation);
            versions.Saw(ofOneList.Key, head);
            await snapshots.AskAsync(ofOneList.Key, cancellation);
        }
    }
}
