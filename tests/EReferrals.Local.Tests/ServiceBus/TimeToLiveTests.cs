using Azure.Messaging.ServiceBus;

namespace EReferrals.Local.Tests.ServiceBus;

public sealed class TimeToLiveTests : EmulatorTest
{
    [Fact]
    public async Task An_expired_message_is_dead_lettered_with_the_reason()
    {
        await SendAsync("plain", TimeSpan.FromMinutes(5));

        Clock.Advance(TimeSpan.FromMinutes(5));

        var dead = Assert.Single(await Emulator.DeadLettersAsync("plain", 1));
        Assert.Equal("TTLExpiredException", dead.DeadLetterReason);
        Assert.Empty(await Emulator.ReadyAsync("plain"));
    }

    [Fact]
    public async Task A_locked_message_does_not_expire()
    {
        await SendAsync("plain", TimeSpan.FromSeconds(10));
        var receiver = Client.CreateReceiver("plain");
        var message = await TestEmulator.ReceiveAsync(receiver);

        Clock.Advance(TimeSpan.FromSeconds(20));

        await receiver.CompleteMessageAsync(message);
        Assert.Equal(0, Emulator.Broker.QueueStatistics("plain").Total);
    }

    [Fact]
    public async Task A_message_that_expired_while_locked_is_not_redelivered()
    {
        await SendAsync("plain", TimeSpan.FromSeconds(10));
        await Emulator.ReceiveAsync("plain");

        Clock.Advance(LockDuration);

        Assert.Equal("TTLExpiredException", (await Emulator.DeadLettersAsync("plain", 1))[0].DeadLetterReason);
    }

    [Fact]
    public async Task The_time_to_live_of_a_scheduled_message_starts_when_it_is_due()
    {
        var message = new ServiceBusMessage("x") { MessageId = "one", TimeToLive = TimeSpan.FromMinutes(5) };
        await Client.CreateSender("plain").ScheduleMessageAsync(message, Clock.GetUtcNow().AddHours(1));

        Clock.Advance(TimeSpan.FromHours(1));

        var received = await Emulator.ReceiveAsync("plain");
        Assert.Equal(Clock.GetUtcNow() + TimeSpan.FromMinutes(5), received.ExpiresAt);
    }

    [Fact]
    public async Task A_queue_limits_longer_times_to_live_and_drops_expired_messages_when_configured()
    {
        await SendAsync("fleeting", TimeSpan.FromDays(1));
        var peeked = await Client.CreateReceiver("fleeting").PeekMessageAsync();
        Assert.Equal(TimeSpan.FromHours(1), peeked.TimeToLive);

        Clock.Advance(TimeSpan.FromHours(1));

        await Emulator.Broker.WhenIdleAsync();
        Assert.Equal(0, Emulator.Broker.QueueStatistics("fleeting").Total);
    }

    [Fact]
    public async Task A_message_that_expired_while_the_broker_was_down_is_dead_lettered_at_the_start()
    {
        await SendAsync("plain", TimeSpan.FromMinutes(5));
        await Emulator.CloseAsync();
        Clock.Advance(TimeSpan.FromHours(1));
        await Emulator.OpenAsync();

        Assert.Single(await Emulator.DeadLettersAsync("plain", 1));
    }

    private Task SendAsync(string queue, TimeSpan timeToLive) =>
        Client.CreateSender(queue).SendMessageAsync(new ServiceBusMessage("x") { MessageId = "one", TimeToLive = timeToLive });
}
