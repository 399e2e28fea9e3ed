using Azure.Messaging.ServiceBus;

namespace EReferrals.Local.Tests.ServiceBus;

public sealed class ScheduleTests : EmulatorTest
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_scheduled_message_is_delivered_when_it_is_due_and_not_before()
    {
        await ScheduleAsync("later");

        Clock.Advance(Delay - TimeSpan.FromSeconds(1));
        Assert.Empty(await A.ReadyAsync("plain"));
        var waiting = A.ReceiveAsync("plain");
        Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("later", (await waiting).MessageId);
    }

    [Fact]
    public async Task A_scheduled_message_survives_a_restart()
    {
        await ScheduleAsync("later");
        await A.RestartAsync();
        Assert.Empty(await A.ReadyAsync("plain"));

        Clock.Advance(Delay);

        Assert.Equal("later", (await A.ReceiveAsync("plain")).MessageId);
    }

    [Fact]
    public async Task A_message_that_became_due_while_the_broker_was_down_is_delivered_at_the_start()
    {
        await ScheduleAsync("later");
        await A.CloseAsync();
        Clock.Advance(TimeSpan.FromDays(1));
        await A.OpenAsync();

        Assert.Equal("later", (await A.ReceiveAsync("plain")).MessageId);
    }

    [Fact]
    public async Task The_ScheduledEnqueueTime_property_schedules_a_message()
    {
        var due = Clock.GetUtcNow() + Delay;
        await Client.CreateSender("plain").SendMessageAsync(new ServiceBusMessage("x") { MessageId = "later", ScheduledEnqueueTime = due });
        Assert.Empty(await A.ReadyAsync("plain"));

        Clock.Advance(Delay);

        var message = await A.ReceiveAsync("plain");
        Assert.Equal("later", message.MessageId);
        Assert.Equal(due, message.ScheduledEnqueueTime);
        Assert.Equal(due, message.EnqueuedTime);
    }

    [Fact]
    public async Task A_scheduled_message_joins_the_end_of_the_queue_under_a_new_sequence_number()
    {
        var number = await ScheduleAsync("later");
        await A.SendAsync("plain", "first");

        Clock.Advance(Delay);
        await A.SendAsync("plain", "last");

        var receiver = Client.CreateReceiver("plain");
        Assert.Equal("first", (await AnEmulator.ReceiveAsync(receiver)).MessageId);
        var later = await AnEmulator.ReceiveAsync(receiver);
        Assert.Equal("later", later.MessageId);
        Assert.Equal(number, later.EnqueuedSequenceNumber);
        Assert.True(later.SequenceNumber > number);
        Assert.Equal("last", (await AnEmulator.ReceiveAsync(receiver)).MessageId);
    }

    [Fact]
    public async Task A_message_scheduled_in_the_past_is_delivered_at_once()
    {
        await Client.CreateSender("plain").ScheduleMessageAsync(new ServiceBusMessage("x") { MessageId = "now" }, Clock.GetUtcNow().AddDays(-1));

        Assert.Equal(["now"], await A.ReadyAsync("plain"));
    }

    [Fact]
    public async Task A_cancelled_scheduled_message_is_never_delivered()
    {
        var number = await ScheduleAsync("later");
        await ScheduleAsync("kept");

        await Client.CreateSender("plain").CancelScheduledMessageAsync(number);
        await A.RestartAsync();
        Clock.Advance(Delay);

        Assert.Equal("kept", (await A.ReceiveAsync("plain")).MessageId);
        Assert.Empty(await A.ReadyAsync("plain"));
    }

    [Fact]
    public async Task A_message_that_is_no_longer_scheduled_cannot_be_cancelled()
    {
        var number = await ScheduleAsync("later");
        Clock.Advance(Delay);
        await A.ReceiveAsync("plain");

        await AnEmulator.FailsAsync(
            ServiceBusFailureReason.MessageNotFound, () => Client.CreateSender("plain").CancelScheduledMessageAsync(number));
        await AnEmulator.FailsAsync(
            ServiceBusFailureReason.MessageNotFound, () => Client.CreateSender("plain").CancelScheduledMessageAsync(4711));
    }

    [Fact]
    public async Task A_test_can_deliver_scheduled_messages_now()
    {
        await ScheduleAsync("later");

        await A.Broker.DeliverScheduledNowAsync();

        Assert.Equal(["later"], await A.ReadyAsync("plain"));
        await A.RestartAsync();
        Assert.Equal(2, (await A.ReceiveAsync("plain")).DeliveryCount);
    }

    private Task<long> ScheduleAsync(string id) =>
        Client.CreateSender("plain").ScheduleMessageAsync(new ServiceBusMessage("x") { MessageId = id }, Clock.GetUtcNow() + Delay);
}
