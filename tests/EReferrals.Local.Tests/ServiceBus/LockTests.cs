using Azure.Messaging.ServiceBus;

namespace EReferrals.Local.Tests.ServiceBus;

public sealed class LockTests : EmulatorTest
{
    [Fact]
    public async Task A_received_message_is_invisible_to_others_while_it_is_locked()
    {
        await Emulator.SendAsync("plain", "one");
        await Emulator.ReceiveAsync("plain");

        Clock.Advance(LockDuration - TimeSpan.FromSeconds(1));

        Assert.Empty(await Emulator.ReadyAsync("plain"));
    }

    [Fact]
    public async Task A_message_whose_lock_expires_goes_to_the_next_receiver()
    {
        await Emulator.SendAsync("plain", "one");
        var first = await Emulator.ReceiveAsync("plain");
        var waiting = Emulator.ReceiveAsync("plain");

        Clock.Advance(LockDuration);

        var second = await waiting;
        Assert.Equal("one", second.MessageId);
        Assert.Equal(first.DeliveryCount + 1, second.DeliveryCount);
        Assert.NotEqual(first.LockToken, second.LockToken);
    }

    [Fact]
    public async Task A_message_cannot_be_settled_or_renewed_after_its_lock_expired()
    {
        await Emulator.SendAsync("plain", "one");
        var receiver = Client.CreateReceiver("plain");
        var message = await TestEmulator.ReceiveAsync(receiver);

        Clock.Advance(LockDuration);

        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessageLockLost, () => receiver.CompleteMessageAsync(message));
        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessageLockLost, () => receiver.AbandonMessageAsync(message));
        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessageLockLost, () => receiver.DeadLetterMessageAsync(message, "reason"));
        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessageLockLost, () => receiver.DeferMessageAsync(message));
        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessageLockLost, () => receiver.RenewMessageLockAsync(message));
        Assert.Equal(["one"], await Emulator.ReadyAsync("plain"));
    }

    [Fact]
    public async Task The_previous_receiver_cannot_settle_a_message_that_the_next_one_has_locked()
    {
        await Emulator.SendAsync("plain", "one");
        var receiver = Client.CreateReceiver("plain");
        var old = await TestEmulator.ReceiveAsync(receiver);
        Clock.Advance(LockDuration);
        var current = await TestEmulator.ReceiveAsync(receiver);

        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessageLockLost, () => receiver.CompleteMessageAsync(old));

        await receiver.CompleteMessageAsync(current);
        Assert.Equal(0, Emulator.Broker.QueueStatistics("plain").Total);
    }

    [Fact]
    public async Task A_message_whose_lock_was_ended_is_delivered_again_and_its_first_receiver_cannot_settle_it()
    {
        await Emulator.SendAsync("plain", "one");
        var receiver = Client.CreateReceiver("plain");
        var message = await TestEmulator.ReceiveAsync(receiver);

        Emulator.Broker.EndLocks();

        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessageLockLost, () => receiver.CompleteMessageAsync(message));
        Assert.Equal(2, (await TestEmulator.ReceiveAsync(receiver)).DeliveryCount);
    }

    [Fact]
    public async Task A_renewed_lock_lasts_for_another_lock_duration()
    {
        await Emulator.SendAsync("plain", "one");
        var receiver = Client.CreateReceiver("plain");
        var message = await TestEmulator.ReceiveAsync(receiver);
        Clock.Advance(LockDuration / 2);

        await receiver.RenewMessageLockAsync(message);
        Clock.Advance(LockDuration - TimeSpan.FromSeconds(1));

        Assert.Equal(Clock.GetUtcNow() + TimeSpan.FromSeconds(1), message.LockedUntil);
        await receiver.CompleteMessageAsync(message);
        Assert.Equal(0, Emulator.Broker.QueueStatistics("plain").Total);
    }

    [Fact]
    public async Task A_message_can_be_settled_only_once()
    {
        await Emulator.SendAsync("plain", "one");
        var receiver = Client.CreateReceiver("plain");
        var message = await TestEmulator.ReceiveAsync(receiver);

        await receiver.CompleteMessageAsync(message);

        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessageLockLost, () => receiver.CompleteMessageAsync(message));
    }

    [Fact]
    public async Task An_abandoned_message_is_redelivered_at_once_and_before_later_messages()
    {
        await Emulator.SendAsync("plain", "one", "two");
        var receiver = Client.CreateReceiver("plain");
        var message = await TestEmulator.ReceiveAsync(receiver);

        await receiver.AbandonMessageAsync(message, new Dictionary<string, object> { ["Attempt"] = 1 });

        var again = await TestEmulator.ReceiveAsync(receiver);
        Assert.Equal("one", again.MessageId);
        Assert.Equal(2, again.DeliveryCount);
        Assert.Equal(1, again.ApplicationProperties["Attempt"]);
    }

    [Fact]
    public async Task Messages_are_delivered_in_the_order_in_which_they_were_sent()
    {
        var ids = Enumerable.Range(0, 50).Select(number => $"{number:D2}").ToArray();
        foreach (var id in ids)
        {
            await Emulator.SendAsync("plain", id);
        }

        Assert.Equal(ids, await Emulator.ReadyAsync("plain"));
    }

    [Fact]
    public async Task A_receiver_gets_all_ready_messages_up_to_its_maximum()
    {
        await Emulator.SendAsync("plain", "one", "two", "three");
        var receiver = Client.CreateReceiver("plain");

        Assert.Equal(2, (await receiver.ReceiveMessagesAsync(2)).Count);
        Assert.Single(await receiver.ReceiveMessagesAsync(10));
    }

    [Fact]
    public async Task Receive_and_delete_removes_the_message()
    {
        await Emulator.SendAsync("plain", "one");
        var receiver = Client.CreateReceiver("plain", new ServiceBusReceiverOptions { ReceiveMode = ServiceBusReceiveMode.ReceiveAndDelete });

        var message = await TestEmulator.ReceiveAsync(receiver);
        await Emulator.RestartAsync();

        Assert.Equal("one", message.MessageId);
        Assert.Equal(0, Emulator.Broker.QueueStatistics("plain").Total);
    }

    [Fact]
    public async Task Concurrent_receivers_never_get_the_same_message()
    {
        const int count = 2_000;
        await using var sending = Client.CreateSender("plain");
        var sends = Enumerable.Range(0, count).Select(id => sending.SendMessageAsync(new ServiceBusMessage("x") { MessageId = $"{id}" }));
        var seen = new System.Collections.Concurrent.ConcurrentBag<string>();

        var receives = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            var receiver = Client.CreateReceiver("plain");
            // The receive ends by its timeout, because a cancelled receive may leave a message locked.
            while (seen.Count < count)
            {
                foreach (var message in await receiver.ReceiveMessagesAsync(7, TimeSpan.FromMilliseconds(200)))
                {
                    seen.Add(message.MessageId);
                    await receiver.CompleteMessageAsync(message);
                }
            }
        }));
        await Task.WhenAll([.. sends, .. receives]);

        Assert.Equal(count, seen.Count);
        Assert.Equal(count, seen.Distinct().Count());
        await Emulator.Broker.WhenIdleAsync();
        Assert.Equal(0, Emulator.Broker.QueueStatistics("plain").Total);
    }
}
