using Azure.Messaging.ServiceBus;
using EReferrals.Lifecycle;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;
using EReferrals.Resilience;
using EReferrals.Slots;
using EReferrals.Storage.Retention;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Processing;

/// <summary>
/// Processes the follow-up message that every command sends before it changes anything, so that the worklists always show the present referral and its
/// slots are taken or free. Usually they already are, and nothing changes. If the promised version does not exist, the command probably failed. A frozen
/// process may still commit it, so this function schedules one more follow-up; also for a slot that is reserved and may be booked in a moment.
/// </summary>
public sealed class FollowUpFunction(
    ReferralTable referrals,
    GoneReferrals gone,
    ReferralBus bus,
    LetterCheck letters,
    DuplicateCheck duplicates,
    SlotReservations slots,
    MessageProcessor processor,
    TimeProvider clock)
{
    private static readonly TimeSpan SecondFollowUpAfter = TimeSpan.FromMinutes(5);

    [Function(nameof(FollowUpFunction))]
    public Task FollowUpAsync(
        [ServiceBusTrigger(Queues.ReferralFollowUp, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        processor.ProcessAsync(Queues.ReferralFollowUp, message, actions, () => AnnounceAsync(message, cancellationToken), cancellationToken);

    private async Task AnnounceAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken)
    {
        var (followUp, worklists) = ReferralBus.ReadFollowUp(message);
        var stored = await referrals.FindAsync(followUp.Ubrn, cancellationToken);
        // A command reads the referral before it sends the follow-up. So only a new one can be missing, or one that was erased since.
        if (stored is null && followUp.IsNew != true && await gone.FindAsync(followUp.Ubrn, cancellationToken) is null)
        {
            throw new UnprocessableMessageException("UnknownReferral");
        }

        var isReserved = false;
        foreach (var slot in followUp.Slots ?? [])
        {
            isReserved |= await slots.SettleAsync(slot, cancellationToken) is { Hold: { IsReservation: true } hold } && hold.Ubrn == followUp.Ubrn;
        }

        if (followUp.Version is { } promised && ((stored?.Referral.Version ?? 0) < promised || isReserved))
        {
            await bus.PromiseAsync(followUp with { Version = null }, clock.GetUtcNow() + SecondFollowUpAfter, message.CorrelationId, cancellationToken);
        }

        if (stored is null) return;

        var kept = await duplicates.KeepAsync(stored.Referral, followUp.Places ?? [], cancellationToken);
        var changes = WorklistRules.Changes(worklists, stored.Referral, clock.GetUtcNow(), kept.Duplicates);
        await bus.AnnounceAsync(changes, message.CorrelationId, cancellationToken);
        await duplicates.TellOthersAsync(kept, message.CorrelationId, cancellationToken);
        if (followUp.Letters == true) await letters.CheckAsync(followUp.Ubrn, message.CorrelationId, cancellationToken);
    }
}
