using Azure.Messaging.ServiceBus;
using EReferrals.Lifecycle;
using EReferrals.Messaging;
using EReferrals.Overload;
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
/// Step 3 of the flow: applies a batch of changes, those of different worklists side by side. Other instances may work on the same lists;
/// the head of a list decides who is first (decision record 0013).
/// </summary>
public sealed partial class UpdateWorklistFunction(
    WorklistProjector projector,
    WorklistVersions versions,
    SnapshotSchedule snapshots,
    SuccessionRegister register,
    HandingOver handing,
    ProcessingThrottle acceptance,
    BackOff backOff,
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
        // What fails on one list is put off without the others. Those that say no list are together, and each is set aside.
        Task.WhenAll(messages.GroupBy(ReferralBus.WorklistOf).Select(ofOneList => backOff.ProcessAsync(
            Queues.WorklistChanges,
            [.. ofOneList],
            actions,
            some => acceptance.ProcessAsync(() => ApplyAsync(some, cancellationToken), cancellationToken),
            cancellationToken)));

    /// <param name="ofOneList">All or some changes of one list.</param>
    private async Task ApplyAsync(IReadOnlyList<ServiceBusReceivedMessage> ofOneList, CancellationToken cancellationToken)
    {
        // Transaction by transaction, so that what is on the list has its snapshot asked for even if the rest has to be put off.
        foreach (var changes in ofOneList.Select(ReferralBus.ReadChange).ToArray().Chunk(WorklistProjector.ChangesPerTransaction))
        {
            var worklist = changes[0].Worklist;
            var since = clock.GetTimestamp();
            var head = await projector.ApplyAsync(worklist, changes, cancellationToken);
            versions.Saw(worklist, head, since);
            await snapshots.AskAsync(worklist, cancellationToken);
            foreach (var change in changes)
            {
                // At a later revision it is, as a rule, news of another referral, and with a mark a reminder.
                if (change is { Version: 1, Revision: <= 1, Entry: { Marks: 0 } entry }) telemetry.BecameVisible(clock.GetUtcNow() - entry.Received);
            }

            await HandOverAsync(worklist, changes, cancellationToken);
        }
    }

    // What came onto a list of an organisation that was succeeded, behind the walk of its transfer or long after it. All changes are looked at, new to the
    // list or not: a stop before this brings them again.
    private async Task HandOverAsync(WorklistName worklist, IEnumerable<WorklistChange> changes, CancellationToken cancellationToken)
    {
        var successions = await register.CurrentAsync(cancellationToken);
        foreach (var change in changes.Where(change => change.Entry is { } entry && successions.IsHandedOver(worklist, entry)))
        {
            try
            {
                await handing.HandOverAsync(change.Ubrn, cancellationToken);
            }
            catch (Exception ex) when (!cancellationToken.IsCancellationRequested && !Transient.Is(ex, cancellationToken))
            {
                // It stands on the list, as it should: the transfer says what could not be moved.
                Log.NotHandedOver(logger, change.Ubrn, ex);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4101, LogLevel.Error, "Referral {Ubrn} names an organisation that was succeeded and could not be handed over; order the transfer again when it is mended")]
        public static partial void NotHandedOver(ILogger logger, Ubrn ubrn, Exception bad);
    }
}
