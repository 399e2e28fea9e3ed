using Azure.Messaging.ServiceBus;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;
using EReferrals.Telemetry;

namespace EReferrals.Tests.Messaging;

public sealed class RequestIdTests
{
    [Theory]
    [InlineData("our-own-id", "our-own-id")]
    [InlineData(null, "a timer")]
    public async Task A_message_carries_our_own_id_of_the_request_and_never_that_of_the_caller(string? request, string expected)
    {
        var sent = new List<ServiceBusMessage>();
        var bus = new ReferralBus(new RecordingClient(sent));
        var list = new WorklistName(Sample.Provider, Worklist.ReferralsForReview);
        var referral = Sample.ReferralAwaitingTriage();

        CurrentRequest.Id = request;
        var given = request is null ? "a timer" : "Mrs Jones, second try";
        await bus.AnnounceAsync([new WorklistChange(list, referral.Ubrn, referral.Version, WorklistEntry.From(referral))], given, default);

        var message = Assert.Single(sent);
        Assert.Equal(expected, message.CorrelationId);
        Assert.DoesNotContain(message.ApplicationProperties.Values, value => value is string text && text.Contains("Jones", StringComparison.Ordinal));
    }

    private sealed class RecordingClient(List<ServiceBusMessage> sent) : ServiceBusClient
    {
        public override ServiceBusSender CreateSender(string queueOrTopicName) => new RecordingSender(sent);
    }

    private sealed class RecordingSender(List<ServiceBusMessage> sent) : ServiceBusSender
    {
        public override Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default)
        {
            sent.Add(message);
            return Task.CompletedTask;
        }

        public override Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default)
        {
            sent.AddRange(messages);
            return Task.CompletedTask;
        }
    }
}
