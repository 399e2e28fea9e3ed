using Azure.Messaging.ServiceBus;
using EReferrals.Lifecycle;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Processing;

/// <summary>
/// Keeps the promise that every command makes before it changes anything: the worklists show the referral as it is. Normally they do, and
/// nothing changes. A version that is not there will hardly come any more, but a frozen process may still commit it: it is looked for once more.
/// </summary>
public sealed class FollowUpFunction(ReferralTable referrals, ReferralBus bus, LetterCheck letters, DuplicateCheck duplicates, BackOff backOff, TimeProvider clock)
{
    private static readonly TimeSpan OnceMoreAfter = TimeSpan.FromMinutes(5);

    [Function(nameof(FollowUpFunction))]
    public Task RunAsync(
        [ServiceBusTrigger(Queues.ReferralFollowUp, Connection = Queues.Connection, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        CancellationToken cancellation) =>
        backOff.RunAsync(
            Queues.ReferralFollowUp,
            message,
            actions,
            () => AnnounceAsync(message, cancellation),
            cancellation);

    private async Task AnnounceAsync(ServiceBusReceivedMessage message, CancellationToken cancellation)
    {
        var (followUp, worklists) = ReferralBus.ReadFollowUp(message);
        // A command reads the referral before it promises, and referrals are never removed.
        var stored = await referrals.FindAsync(followUp.Ubrn, cancellation) ?? throw new HopelessMessageException("UnknownReferral");
        if (stored.Referral.Version < followUp.Version)
        {
            await bus.PromiseAsync(followUp with { Version = null }, clock.GetUtcNow() + OnceMoreAfter, message.CorrelationId, cancellation);
        }

        var kept = await duplicates.KeepAsync(stored.Referral, followUp.Places ?? [], cancellation);
        await bus.AnnounceAsync(WorklistRules.Changes(worklists, stored.Referral, clock.GetUtcNow(), kept.Duplicates), message.CorrelationId, cancellation);
        await duplicates.TellOthersAsync(kept, message.CorrelationId, cancellation);
        if (followUp.Letters == true) await letters.RunAsync(followUp.Ubrn, message.CorrelationId, cancellation);
    }
}
