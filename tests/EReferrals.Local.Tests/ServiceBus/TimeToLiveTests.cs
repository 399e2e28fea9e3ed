using Azure.Messaging.ServiceBus;

namespace EReferrals.Local.Tests.ServiceBus;

public sealed class TimeToLiveTests : EmulatorTest
{
    [Fact]
    public async Task A_message_that_outlives_its_time_is_dead_lettered_with_the_reason()
    {
        await SendAsync("plain", TimeSpan.FromMinutes(5));

        Clock.Advance(TimeSpan.FromMinutes(5));

        var dead = Assert.Single(await A.DeadLettersAsync("plain", 1));
        Assert.Equal("TTLExpiredException", dead.DeadLetterReason);
        Assert.Empty(await A.ReadyAsync("plain"));
    }

    [Fact]
    public async Task A_message_does_not_expire_in_a_receivers_hands()
    {
        await SendAsync("plain", TimeSpan.FromSeconds(10));
        var receiver = Client.CreateReceiver("plain");
        var message = await AnEmulator.ReceiveAsync(receiver);

        Clock.Advance(TimeSpan.FromSeconds(20));

        await receiver.CompleteMessageAsync(message);
        Assert.Equal(0, A.Broker.QueueStatistics("plain").Total);
    }

    [Fact]
    public async Task A_message_that_expired_in_a_receivers_hands_does_not_come_again()
    {
        await SendAsync("plain", TimeSpan.FromSeconds(10));
        await A.ReceiveAsync("plain");

        Clock.Advance(LockDuration);

        Assert.Equal("TTLExpiredException", (await A.DeadLettersAsync("plain", 1))[0].DeadLetterReason);
    }

    [Fact]
    public async Task The_life_of_a_scheduled_message_begins_when_it_is_due()
    {
        var message = new ServiceBusMessage("x") { MessageId = "one", TimeToLive = TimeSpan.FromMinutes(5) };
        await Client.CreateSender("plain").ScheduleMessageAsync(message, Clock.GetUtcNow().AddHours(1));

        Clock.Advance(TimeSpan.FromHours(1));

        var received = await A.ReceiveAsync("plain");
        Assert.Equal(Clock.GetUtcNow() + TimeSpan.FromMinutes(5), received.ExpiresAt);
    }

    [Fact]
    public async Task A_queue_shortens_longer_lives_and_drops_the_expired_where_it_is_told_to()
    {
        await SendAsync("fleeting", TimeSpan.FromDays(1));
        var peeked = await Client.CreateReceiver("fleeting").PeekMessageAsync();
        Assert.Equal(TimeSpan.FromHours(1), peeked.TimeToLive);

        Clock.Advance(TimeSpan.FromHours(1));

        await A.Broker.WhenIdleAsync();
        Assert.Equal(0, A.Broker.QueueStatistics("fleeting").Total);
    }

    [Fact]
    public async Task A_message_that_expired_while_the_broker_was_down_is_dead_lettered_at_the_start()
    {
        await SendAsync("plain", TimeSpan.FromMinutes(5));
        await A.CloseAsync();
        Clock.Advance(TimeSpan.FromHours(1));
        await A.OpenAsync();

        Assert.Single(await A.DeadLettersAsync("plain", 1));
    }

    private Task SendAsync(string queue, TimeSpan timeToLive) =>
        Client.CreateSender(queue).SendMessageAsync(new ServiceBusMessage("x") { MessageId = "one", TimeToLive = timeToLive });
}
