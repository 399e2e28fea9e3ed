using Azure.Messaging.ServiceBus;
using EReferrals.Lifecycle;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;
using EReferrals.Resilience;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Processing;

/// <summary>
/// Keeps the promise that every command makes before it changes anything: the worklists show the referral as it is. Normally they do, and
/// nothing changes. A version that is not there will hardly come any more, but a frozen process may still commit it: it is looked for once more.
/// </summary>
public sealed class FollowUpFunction(ReferralTable referrals, ReferralBus bus, LetterCheck letters, DuplicateCheck duplicates, MessageProcessor processor, TimeProvider clock)
{
    private static readonly TimeSpan OnceMoreAfter = TimeSpan.FromMinutes(5);

    [Function(nameof(FollowUpFunction))]
    public Task FollowUpAsync(
        [ServiceBusTrigger(Queues.ReferralFollowUp, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellationToken) =>
        processor.ProcessAsync(Queues.ReferralFollowUp, message, actions, () => AnnounceAsync(message, cancellationToken), cancellationToken);

    private async Task AnnounceAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken)
    {
        var (followUp, worklists) = ReferralBus.ReadFollowUp(message);
        // A command reads the referral before it promises, and referrals are never removed.
        var stored = await referrals.FindAsync(followUp.Ubrn, cancellationToken) ?? throw new UnprocessableMessageException("UnknownReferral");
        if (stored.Referral.Version < followUp.Version)
        {
            await bus.PromiseAsync(followUp with { Version = null }, clock.GetUtcNow() + OnceMoreAfter, message.CorrelationId, cancellationToken);
        }

        var kept = await duplicates.KeepAsync(stored.Referral, followUp.Places ?? [], cancellationToken);
        await bus.AnnounceAsync(WorklistRules.Changes(worklists, stored.Referral, clock.GetUtcNow(), kept.Duplicates), message.CorrelationId, cancellationToken);
        await duplicates.TellOthersAsync(kept, message.CorrelationId, cancellationToken);
        if (followUp.Letters == true) await letters.CheckAsync(followUp.Ubrn, message.CorrelationId, cancellationToken);
    }
}
