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
            () => AnnounceAsync(ReferralBus.ReadFollowUp(message), message.CorrelationId, cancellation),
            cancellation);

    private async Task AnnounceAsync(FollowUp followUp, string correlationId, CancellationToken cancellation)
    {
        var stored = await referrals.FindAsync(followUp.Ubrn, cancellation)
            ?? throw new InvalidOperationException($"Referral {followUp.Ubrn} was promised a follow-up and does not exist.");
        var changes = WorklistRules.Changes(followUp.Worklists.Select(WorklistName.Parse), stored.Referral);
        await bus.AnnounceAsync(changes, correlationId, cancellation);
    }
}
