using Azure.Messaging.ServiceBus;
using EReferrals.Local.ServiceBusEmulator.Broker;

namespace EReferrals.Local.Tests.ServiceBus;

public sealed class DuplicateTests : EmulatorTest
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task A_second_message_with_the_same_id_is_accepted_and_dropped()
    {
        await Emulator.SendAsync("unique", "one");
        await Emulator.SendAsync("unique", "one");

        Assert.Equal(["one"], await Emulator.ReadyAsync("unique"));
    }

    [Fact]
    public async Task A_duplicate_is_dropped_even_after_the_first_was_completed()
    {
        await Emulator.SendAsync("unique", "one");
        var receiver = Client.CreateReceiver("unique");
        await receiver.CompleteMessageAsync(await TestEmulator.ReceiveAsync(receiver));

        await Emulator.SendAsync("unique", "one");

        Assert.Empty(await Emulator.ReadyAsync("unique"));
    }

    [Fact]
    public async Task The_duplicate_detection_window_survives_a_restart_and_then_ends()
    {
        await Emulator.SendAsync("unique", "one");
        Clock.Advance(Window / 2);
        await Emulator.RestartAsync();

        await Emulator.SendAsync("unique", "one");
        Clock.Advance(Window / 2);
        await Emulator.SendAsync("unique", "one");

        Assert.Equal(["one", "one"], await Emulator.ReadyAsync("unique"));
    }

    [Fact]
    public async Task Scheduled_messages_are_checked_for_duplicates()
    {
        var sender = Client.CreateSender("unique");
        var due = Clock.GetUtcNow().AddSeconds(15);
        await sender.ScheduleMessageAsync(new ServiceBusMessage("first") { MessageId = "slot" }, due);
        await sender.ScheduleMessageAsync(new ServiceBusMessage("second") { MessageId = "slot" }, due);
        await Emulator.SendAsync("unique", "slot");

        Assert.Equal(1, Emulator.Broker.QueueStatistics("unique").Total);
    }

    [Fact]
    public async Task Only_one_of_many_concurrent_sends_with_one_id_is_kept()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(number => Task.Run(() => Emulator.SendAsync("unique", $"{number % 10}"))));

        Assert.Equal(10, (await Emulator.ReadyAsync("unique")).Length);
    }

    [Fact]
    public async Task A_duplicate_within_one_batch_is_dropped()
    {
        await Emulator.SendAsync("unique", "one", "two", "one");

        Assert.Equal(["one", "two"], await Emulator.ReadyAsync("unique"));
    }

    [Fact]
    public async Task A_retry_after_a_send_that_failed_before_the_write_is_not_a_duplicate()
    {
        Emulator.Broker.Faults.SendFailureRate = 1;
        Emulator.Broker.Faults.SendFailure = SendFailure.BeforeWrite;
        await Assert.ThrowsAsync<ServiceBusException>(() => Emulator.SendAsync("unique", "one"));
        Emulator.Broker.Faults.Clear();

        await Emulator.SendAsync("unique", "one");

        Assert.Equal(["one"], await Emulator.ReadyAsync("unique"));
    }

    [Fact]
    public async Task A_send_that_failed_because_the_disk_was_full_can_be_retried()
    {
        await Emulator.Broker.LimitFileAsync(1);
        await TestEmulator.FailsAsync(
            ServiceBusFailureReason.ServiceBusy,
            () => Client.CreateSender("unique").SendMessageAsync(new ServiceBusMessage(new byte[200_000]) { MessageId = "one" }));
        await Emulator.Broker.LimitFileAsync(null);

        await Emulator.SendAsync("unique", "one");

        Assert.Equal(["one"], await Emulator.ReadyAsync("unique"));
    }

    [Fact]
    public async Task A_queue_without_duplicate_detection_keeps_both_messages()
    {
        await Emulator.SendAsync("plain", "one");
        await Emulator.SendAsync("plain", "one");

        Assert.Equal(["one", "one"], await Emulator.ReadyAsync("plain"));
    }

    [Fact]
    public async Task A_message_without_an_id_is_rejected_by_a_queue_with_duplicate_detection()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => Client.CreateSender("unique").SendMessageAsync(new ServiceBusMessage("no id")));
    }
}
