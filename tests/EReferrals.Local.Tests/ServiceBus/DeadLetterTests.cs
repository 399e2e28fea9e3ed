using Azure.Messaging.ServiceBus;
using Azure.Messaging.ServiceBus.Administration;

namespace EReferrals.Local.Tests.ServiceBus;

public sealed class DeadLetterTests : EmulatorTest
{
    [Fact]
    public async Task A_message_is_dead_lettered_after_its_maximum_number_of_abandons()
    {
        await Emulator.SendAsync("plain", "poison");
        var receiver = Client.CreateReceiver("plain");

        for (var delivery = 1; delivery <= 3; delivery++)
        {
            var message = await TestEmulator.ReceiveAsync(receiver);
            Assert.Equal(delivery, message.DeliveryCount);
            await receiver.AbandonMessageAsync(message);
        }

        var dead = Assert.Single(await Emulator.DeadLettersAsync("plain", 1));
        Assert.Equal("poison", dead.MessageId);
        Assert.Equal("body of poison", dead.Body.ToString());
        Assert.Equal("MaxDeliveryCountExceeded", dead.DeadLetterReason);
        Assert.NotNull(dead.DeadLetterErrorDescription);
        Assert.Empty(await Emulator.ReadyAsync("plain"));
    }

    [Fact]
    public async Task A_message_is_dead_lettered_after_its_maximum_number_of_expired_locks()
    {
        await Emulator.SendAsync("plain", "poison");

        for (var delivery = 1; delivery <= 3; delivery++)
        {
            await Emulator.ReceiveAsync("plain");
            Clock.Advance(LockDuration);
        }

        Assert.Equal("MaxDeliveryCountExceeded", (await Emulator.DeadLettersAsync("plain", 1))[0].DeadLetterReason);
    }

    [Fact]
    public async Task A_message_that_crashes_the_process_each_time_is_dead_lettered()
    {
        await Emulator.SendAsync("plain", "poison");

        for (var delivery = 1; delivery <= 3; delivery++)
        {
            Assert.Equal(delivery, (await Emulator.ReceiveAsync("plain")).DeliveryCount);
            await Emulator.RestartAsync();
        }

        Assert.Equal("MaxDeliveryCountExceeded", (await Emulator.DeadLettersAsync("plain", 1))[0].DeadLetterReason);
    }

    [Fact]
    public async Task Dead_lettering_keeps_the_reason_and_changed_properties_across_a_restart()
    {
        await Emulator.SendAsync("plain", "one");
        var receiver = Client.CreateReceiver("plain");
        var message = await TestEmulator.ReceiveAsync(receiver);

        await receiver.DeadLetterMessageAsync(
            message, new Dictionary<string, object> { ["Stage"] = "decide" }, "UnknownService", "The service is closed.");
        await Emulator.RestartAsync();

        var dead = Assert.Single(await Emulator.DeadLettersAsync("plain", 1));
        Assert.Equal("UnknownService", dead.DeadLetterReason);
        Assert.Equal("The service is closed.", dead.DeadLetterErrorDescription);
        Assert.Equal("decide", dead.ApplicationProperties["Stage"]);
        Assert.Equal(message.SequenceNumber, dead.SequenceNumber);
    }

    [Fact]
    public async Task Dead_letters_can_be_received_by_path_and_by_sub_queue()
    {
        await DeadLetterAsync("one", "two");

        Assert.Equal("one", (await Emulator.ReceiveAsync("plain/$DeadLetterQueue")).MessageId);
        Assert.Equal("two", (await Emulator.ReceiveAsync("plain", SubQueue.DeadLetter)).MessageId);
    }

    [Fact]
    public async Task A_dead_letter_is_never_dead_lettered_again_and_never_expires()
    {
        await DeadLetterAsync("one");
        var receiver = Client.CreateReceiver("plain", new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });

        for (var delivery = 0; delivery < 20; delivery++)
        {
            await receiver.AbandonMessageAsync(await TestEmulator.ReceiveAsync(receiver));
        }
        Clock.Advance(TimeSpan.FromDays(365));

        var message = await TestEmulator.ReceiveAsync(receiver);
        await Assert.ThrowsAsync<InvalidOperationException>(() => receiver.DeadLetterMessageAsync(message, "again"));
        await receiver.CompleteMessageAsync(message);
        Assert.Equal(0, Emulator.Broker.QueueStatistics("plain").DeadLettered);
    }

    [Fact]
    public async Task A_copy_for_resending_drops_the_broker_and_dead_letter_properties()
    {
        await DeadLetterAsync("one");
        var dead = await Emulator.ReceiveAsync("plain", SubQueue.DeadLetter);

        var copy = new ServiceBusMessage(dead) { MessageId = "one-replayed" };
        await Client.CreateSender("plain").SendMessageAsync(copy);

        var replayed = await Emulator.ReceiveAsync("plain");
        Assert.Equal("body of one", replayed.Body.ToString());
        Assert.Null(replayed.DeadLetterReason);
        Assert.Null(replayed.DeadLetterErrorDescription);
        Assert.Equal(1, replayed.DeliveryCount);
        Assert.NotEqual(dead.SequenceNumber, replayed.SequenceNumber);
    }

    [Fact]
    public async Task The_administration_client_counts_messages_by_state()
    {
        await DeadLetterAsync("dead");
        await Emulator.SendAsync("plain", "active", "locked");
        await Emulator.ReceiveAsync("plain");
        await Client.CreateSender("plain").ScheduleMessageAsync(new ServiceBusMessage("later"), Clock.GetUtcNow().AddHours(1));

        var response = await new ServiceBusAdministrationClient(Emulator.Emulator.AdministrationConnectionString).GetQueueRuntimePropertiesAsync("plain");

        Assert.Equal(2, response.Value.ActiveMessageCount);
        Assert.Equal(1, response.Value.ScheduledMessageCount);
        Assert.Equal(1, response.Value.DeadLetterMessageCount);
        Assert.Equal(4, response.Value.TotalMessageCount);
    }

    private async Task DeadLetterAsync(params string[] ids)
    {
        await Emulator.SendAsync("plain", ids);
        var receiver = Client.CreateReceiver("plain");
        foreach (var _ in ids)
        {
            await receiver.DeadLetterMessageAsync(await TestEmulator.ReceiveAsync(receiver), "Reason", "Description");
        }
    }
}
