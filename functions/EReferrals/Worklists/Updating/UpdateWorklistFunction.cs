using Azure.Messaging.ServiceBus;
using EReferrals.Lifecycle;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Services;
using EReferrals.Storage.Lists;
using EReferrals.Telemetry;
using EReferrals.Worklists.Reading;
using EReferrals.Worklists.Snapshots;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace EReferrals.Worklists.Updating;

/// <summary>
/// Applies a batch of changes to worklists, to different lists in parallel. Other instances may change the same lists at the same time; the head
/// row of a list decides who is first (decision record 0013).
/// </summary>
public sealed partial class UpdateWorklistFunction(
    WorklistProjector projector,
    WorklistVersions versions,
    SnapshotSchedule snapshots,
    SuccessionRegister register,
    ReferralHandover handover,
    MessageProcessor processor,
    ServiceTelemetry telemetry,
    TimeProvider clock,
    ILogger<UpdateWorklistFunction> logger)
{
    [Function(nameof(UpdateWorklistFunction))]
    public Task UpdateAsync(
        [ServiceBusTrigger(Queues.WorklistChanges, Connection = Queues.Connection, IsBatched = true, AutoCompleteMessages = false)]
        ServiceBusReceivedMessage[] messages,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        // Grouped, so that a failure on one list does not delay the others. Messages that name no list form a group and are dead-lettered one by one.
        Task.WhenAll(messages.GroupBy(ReferralBus.WorklistOf).Select(ofOneList => processor.ProcessThrottledAsync(
            Queues.WorklistChanges, [.. ofOneList], actions, batch => ApplyAsync(batch, cancellationToken), cancellationToken)));

    /// <param name="ofOneList">All or some changes of one list.</param>
    private async Task ApplyAsync(IReadOnlyList<ServiceBusReceivedMessage> ofOneList, CancellationToken cancellationToken)
    {
        // One transaction at a time, so that a snapshot is requested for what is on the list even if the rest is retried later.
        foreach (var changes in ofOneList.Select(ReferralBus.ReadChange).ToArray().Chunk(WorklistProjector.ChangesPerTransaction))
        {
            var worklist = changes[0].Worklist;
            var since = clock.GetTimestamp();
            var head = await projector.ApplyAsync(worklist, changes, cancellationToken);
            versions.Saw(worklist, head, since);
            await snapshots.RequestAsync(worklist, cancellationToken);
            foreach (var change in changes)
            {
                // Only a new referral counts. A later revision is normally about a possible duplicate, and a mark is a reminder.
                if (change is { Version: 1, Revision: <= 1, Entry: { Marks: 0 } entry }) telemetry.BecameVisible(clock.GetUtcNow() - entry.Received);
            }

            await HandOverAsync(worklist, changes, cancellationToken);
        }
    }

    // Hands over referrals that reached a list of an organisation after its transfer had passed that list. It looks at all changes, not only at those
    // that are new to the list: if the process stops before this point, the changes are delivered again and are no longer new.
    private async Task HandOverAsync(WorklistName worklist, IEnumerable<WorklistChange> changes, CancellationToken cancellationToken)
    {
        var successions = await register.CurrentAsync(cancellationToken);
        foreach (var change in changes.Where(change => change.Entry is { } entry && successions.IsHandedOver(worklist, entry)))
        {
            try
            {
                await handover.HandOverAsync(change.Ubrn, cancellationToken);
            }
            catch (Exception ex) when (!cancellationToken.IsCancellationRequested && !Transient.Is(ex, cancellationToken))
            {
                // The referral is on the list. The transfer reports what it could not move.
                Log.NotHandedOver(logger, change.Ubrn, ex);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1307, LogLevel.Error, "Referral {Ubrn} of a transferred organisation was not handed over; repair it, then order the transfer again")]
        public static partial void NotHandedOver(ILogger logger, Ubrn ubrn, Exception failure);
    }
}
