using Azure.Messaging.ServiceBus;
using EReferrals.Local.ServiceBusEmulator.Broker;

namespace EReferrals.Local.Tests.ServiceBus;

public sealed class FaultTests : EmulatorTest
{
    [Fact]
    public async Task A_queue_with_the_send_fault_rejects_sends_until_the_fault_is_cleared()
    {
        Emulator.Broker.Faults.RefuseSends("plain");

        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessagingEntityDisabled, () => Emulator.SendAsync("plain", "refused"));
        await Emulator.SendAsync("unique", "another queue");
        Emulator.Broker.Faults.AllowSends("plain");
        await Emulator.SendAsync("plain", "allowed");

        Assert.Equal(["allowed"], await Emulator.ReadyAsync("plain"));
    }

    [Fact]
    public async Task All_queues_can_be_set_to_reject_sends()
    {
        Emulator.Broker.Faults.RefuseAllSends = true;

        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessagingEntityDisabled, () => Emulator.SendAsync("plain", "x"));
        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessagingEntityDisabled, () => Emulator.SendAsync("unique", "x"));
    }

    [Theory]
    [InlineData(SendFailure.BeforeWrite, 0)]
    [InlineData(SendFailure.AfterWrite, 1)]
    public async Task A_send_fails_before_or_after_the_write_as_requested(SendFailure side, int stored)
    {
        Emulator.Broker.Faults.SendFailureRate = 1;
        Emulator.Broker.Faults.SendFailure = side;

        var exception = await Assert.ThrowsAsync<ServiceBusException>(() => Emulator.SendAsync("plain", "one"));

        Assert.True(exception.IsTransient);
        Assert.Equal(stored, Emulator.Broker.QueueStatistics("plain").Available);
    }

    [Fact]
    public async Task Sends_fail_randomly_and_no_successful_send_is_missing()
    {
        Emulator.Broker.Faults.SendFailureRate = 0.5;
        var sent = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            try
            {
                await Emulator.SendAsync("plain", $"{i}");
                sent.Add($"{i}");
            }
            catch (ServiceBusException)
            {
                // A failed send may or may not have stored its message.
            }
        }

        var there = await Emulator.ReadyAsync("plain");

        Assert.InRange(sent.Count, 20, 80);
        Assert.Subset(there.ToHashSet(), sent.ToHashSet());
        Assert.InRange(there.Length, sent.Count + 1, 99);
    }

    [Fact]
    public async Task Every_message_can_be_delivered_twice()
    {
        Emulator.Broker.Faults.DeliverEverythingTwice = true;
        await Emulator.SendAsync("plain", "one");
        var receiver = Client.CreateReceiver("plain");

        await receiver.CompleteMessageAsync(await TestEmulator.ReceiveAsync(receiver));
        var again = await TestEmulator.ReceiveAsync(receiver);
        await receiver.CompleteMessageAsync(again);

        Assert.Equal(("one", 2), (again.MessageId, again.DeliveryCount));
        Assert.Equal(0, Emulator.Broker.QueueStatistics("plain").Total);
    }

    [Fact]
    public async Task The_broker_is_idle_when_no_message_is_waiting_or_locked()
    {
        Assert.True(Emulator.Broker.WhenIdleAsync().IsCompleted);
        await Emulator.SendAsync("plain", "one");
        var receiver = Client.CreateReceiver("plain");
        var idle = Emulator.Broker.WhenIdleAsync();

        var message = await TestEmulator.ReceiveAsync(receiver);
        Assert.False(idle.IsCompleted);
        await receiver.CompleteMessageAsync(message);

        await idle;
    }

    [Fact]
    public async Task The_broker_is_idle_with_scheduled_messages_and_dead_letters()
    {
        await Client.CreateSender("plain").ScheduleMessageAsync(new ServiceBusMessage("x"), Clock.GetUtcNow().AddHours(1));
        await Emulator.SendAsync("plain", "one");
        var receiver = Client.CreateReceiver("plain");
        await receiver.DeadLetterMessageAsync(await TestEmulator.ReceiveAsync(receiver), "reason");

        await Emulator.Broker.WhenIdleAsync();
    }

    [Fact]
    public async Task The_broker_recovers_after_the_disk_was_full()
    {
        await Emulator.SendAsync("patient", "before");
        await Emulator.Broker.LimitFileAsync(1);
        var exception = await Assert.ThrowsAsync<ServiceBusException>(
            () => Client.CreateSender("patient").SendMessageAsync(new ServiceBusMessage(new byte[100_000])));
        Assert.True(exception.IsTransient);

        await Emulator.Broker.LimitFileAsync(null);
        await Emulator.SendAsync("patient", "after");

        Assert.Equal(["before", "after"], await Emulator.ReadyAsync("patient"));
        await Emulator.RestartAsync();
        Assert.Equal(["before", "after"], await Emulator.ReadyAsync("patient"));
    }
}
