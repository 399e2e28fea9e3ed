using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Storage;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Processing;

/// <summary>
/// Keeps the promise that every command makes before it changes anything: the worklists show the referral as it is. Normally they do, and
/// nothing changes. The command may also never have been committed; then the referral is simply announced as it was.
/// </summary>
public sealed class FollowUpFunction(ReferralTable referrals, ReferralBus bus, BackOff backOff)
{
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
        var (ubrn, worklists) = ReferralBus.ReadFollowUp(message);
        // A command reads the referral before it promises, and referrals are never removed.
        var stored = await referrals.FindAsync(ubrn, cancellation) ?? throw new HopelessMessageException("UnknownReferral");
        await bus.AnnounceAsync(WorklistRules.Changes(worklists, stored.Referral), message.CorrelationId, cancellation);
    }
}
