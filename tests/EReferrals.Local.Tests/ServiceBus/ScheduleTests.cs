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
        Assert.Empty(await Emulator.ReadyAsync("plain"));
        var waiting = Emulator.ReceiveAsync("plain");
        Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("later", (await waiting).MessageId);
    }

    [Fact]
    public async Task A_scheduled_message_survives_a_restart()
    {
        await ScheduleAsync("later");
        await Emulator.RestartAsync();
        Assert.Empty(await Emulator.ReadyAsync("plain"));

        Clock.Advance(Delay);

        Assert.Equal("later", (await Emulator.ReceiveAsync("plain")).MessageId);
    }

    [Fact]
    public async Task A_message_that_became_due_while_the_broker_was_down_is_delivered_at_the_start()
    {
        await ScheduleAsync("later");
        await Emulator.CloseAsync();
        Clock.Advance(TimeSpan.FromDays(1));
        await Emulator.OpenAsync();

        Assert.Equal("later", (await Emulator.ReceiveAsync("plain")).MessageId);
    }

    [Fact]
    public async Task The_ScheduledEnqueueTime_property_schedules_a_message()
    {
        var due = Clock.GetUtcNow() + Delay;
        await Client.CreateSender("plain").SendMessageAsync(new ServiceBusMessage("x") { MessageId = "later", ScheduledEnqueueTime = due });
        Assert.Empty(await Emulator.ReadyAsync("plain"));

        Clock.Advance(Delay);

        var message = await Emulator.ReceiveAsync("plain");
        Assert.Equal("later", message.MessageId);
        Assert.Equal(due, message.ScheduledEnqueueTime);
        Assert.Equal(due, message.EnqueuedTime);
    }

    [Fact]
    public async Task A_scheduled_message_joins_the_end_of_the_queue_under_a_new_sequence_number()
    {
        var number = await ScheduleAsync("later");
        await Emulator.SendAsync("plain", "first");

        Clock.Advance(Delay);
        await Emulator.SendAsync("plain", "last");

        var receiver = Client.CreateReceiver("plain");
        Assert.Equal("first", (await TestEmulator.ReceiveAsync(receiver)).MessageId);
        var later = await TestEmulator.ReceiveAsync(receiver);
        Assert.Equal("later", later.MessageId);
        Assert.Equal(number, later.EnqueuedSequenceNumber);
        Assert.True(later.SequenceNumber > number);
        Assert.Equal("last", (await TestEmulator.ReceiveAsync(receiver)).MessageId);
    }

    [Fact]
    public async Task A_message_scheduled_in_the_past_is_delivered_at_once()
    {
        await Client.CreateSender("plain").ScheduleMessageAsync(new ServiceBusMessage("x") { MessageId = "now" }, Clock.GetUtcNow().AddDays(-1));

        Assert.Equal(["now"], await Emulator.ReadyAsync("plain"));
    }

    [Fact]
    public async Task A_cancelled_scheduled_message_is_never_delivered()
    {
        var number = await ScheduleAsync("later");
        await ScheduleAsync("kept");

        await Client.CreateSender("plain").CancelScheduledMessageAsync(number);
        await Emulator.RestartAsync();
        Clock.Advance(Delay);

        Assert.Equal("kept", (await Emulator.ReceiveAsync("plain")).MessageId);
        Assert.Empty(await Emulator.ReadyAsync("plain"));
    }

    [Fact]
    public async Task A_message_that_is_no_longer_scheduled_cannot_be_cancelled()
    {
        var number = await ScheduleAsync("later");
        Clock.Advance(Delay);
        await Emulator.ReceiveAsync("plain");

        await TestEmulator.FailsAsync(
            ServiceBusFailureReason.MessageNotFound, () => Client.CreateSender("plain").CancelScheduledMessageAsync(number));
        await TestEmulator.FailsAsync(
            ServiceBusFailureReason.MessageNotFound, () => Client.CreateSender("plain").CancelScheduledMessageAsync(4711));
    }

    [Fact]
    public async Task A_test_can_deliver_scheduled_messages_now()
    {
        await ScheduleAsync("later");

        await Emulator.Broker.DeliverScheduledNowAsync();

        Assert.Equal(["later"], await Emulator.ReadyAsync("plain"));
        await Emulator.RestartAsync();
        Assert.Equal(2, (await Emulator.ReceiveAsync("plain")).DeliveryCount);
    }

    private Task<long> ScheduleAsync(string id) =>
        Client.CreateSender("plain").ScheduleMessageAsync(new ServiceBusMessage("x") { MessageId = id }, Clock.GetUtcNow() + Delay);
}
