using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Overload;
using EReferrals.Referrals;
using EReferrals.Storage;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Worklists;

/// <summary>
/// Step 3 of the flow: applies a batch of changes, those of different worklists side by side. Other instances may work on the same lists;
/// the head of a list decides who is first (decision record 0013).
/// </summary>
public sealed class UpdateWorklistFunction(
    WorklistTable worklists, WorklistVersions versions, SnapshotSchedule snapshots, RightOfWay acceptance, BackOff backOff, Telemetry telemetry, TimeProvider clock)
{
    [Function(nameof(UpdateWorklistFunction))]
    public Task RunAsync(
        [ServiceBusTrigger(Queues.WorklistChanges, Connection = Queues.Connection, IsBatched = true, AutoCompleteMessages = false)]
        ServiceBusReceivedMessage[] messages,
        ServiceBusMessageActions actions,
        CancellationToken cancellation) =>
        // What fails on one list is put off without the others. Those that say no list are together, and each is set aside.
        Task.WhenAll(messages.GroupBy(ReferralBus.WorklistOf).Select(ofOneList => backOff.RunAsync(
            Queues.WorklistChanges,
            [.. ofOneList],
            actions,
            some => acceptance.RunAsync(() => ApplyAsync(some, cancellation), cancellation),
            cancellation)));

    /// <param name="ofOneList">All or some changes of one list.</param>
    private async Task ApplyAsync(IReadOnlyList<ServiceBusReceivedMessage> ofOneList, CancellationToken cancellation)
    {
        // Transaction by transaction, so that what is on the list has its snapshot asked for even if the rest has to be put off.
        foreach (var changes in ofOneList.Select(ReferralBus.ReadChange).ToArray().Chunk(WorklistTable.ChangesPerTransaction))
        {
            var worklist = changes[0].Worklist;
            var since = clock.GetTimestamp();
            var head = await worklists.ApplyAsync(worklist, changes, cancellation);
            versions.Saw(worklist, head, since);
            await snapshots.AskAsync(worklist, cancellation);
            foreach (var change in changes)
            {
                if (change is { Version: 1, Entry: { } entry }) telemetry.BecameVisible(clock.GetUtcNow() - entry.Received);
            }
        }
    }
}
