using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;
using Azure.Messaging.ServiceBus.Administration;
using Microsoft.Azure.Amqp;

namespace EReferrals.Local.Tests.ServiceBus;

/// <summary>Opens, uses and detaches AMQP links.</summary>
public sealed class LinkTests : EmulatorTest
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_link_is_detached_after_ten_minutes_without_use()
    {
        await using var link = await TestLink.ReceiveAsync(Emulator.Emulator, "plain");

        Pass(minutes: 9);
        Assert.Equal(AmqpObjectState.Opened, link.Link.State);
        Pass(minutes: 2);

        await Eventually.TrueAsync(() => link.Link.State == AmqpObjectState.End);
        Assert.Equal(AmqpErrorCode.DetachForced, ((AmqpException)link.Link.TerminalException).Error.Condition);
    }

    [Fact]
    public async Task A_waiting_receiver_is_not_idle()
    {
        await using var link = await TestLink.ReceiveAsync(Emulator.Emulator, "plain");
        link.Link.IssueCredit(1, false, AmqpConstants.NullBinary);
        // A response to a later request shows that the broker has processed the credit.
        await Client.CreateReceiver("plain").PeekMessageAsync();

        Pass(minutes: 30);
        await Emulator.SendAsync("plain", "one");

        await Eventually.TrueAsync(() => link.Received.Any(message => message.Id == "one"));
    }

    [Fact]
    public async Task A_link_that_has_just_delivered_a_message_is_not_idle()
    {
        await using var link = await TestLink.ReceiveAsync(Emulator.Emulator, "plain");
        link.Link.IssueCredit(1, false, AmqpConstants.NullBinary);
        await Client.CreateReceiver("plain").PeekMessageAsync();
        Pass(minutes: 30);
        await Emulator.SendAsync("plain", "one");
        await Eventually.TrueAsync(() => link.Received.Any(message => message.Id == "one"));

        Pass(minutes: 1);
        // A response to a later request shows that a detach would have arrived.
        await Client.CreateReceiver("plain").PeekMessageAsync();

        Assert.Equal(AmqpObjectState.Opened, link.Link.State);
    }

    [Fact]
    public async Task A_sender_continues_after_its_link_was_detached()
    {
        await using var patient = new ServiceBusClient(Emulator.Emulator.ConnectionString);
        await using var sender = patient.CreateSender("unique");
        await sender.SendMessageAsync(new ServiceBusMessage("x") { MessageId = "before" });

        Pass(minutes: 30);
        // The message may be in transit when the link is detached. The client then sends it again.
        await sender.SendMessageAsync(new ServiceBusMessage("x") { MessageId = "after" });

        Assert.Equal(["before", "after"], await Emulator.ReadyAsync("unique"));
    }

    [Fact]
    public async Task A_message_can_be_settled_over_another_link_than_the_one_that_delivered_it()
    {
        await Emulator.SendAsync("plain", "one", "two");
        await using var first = Client.CreateReceiver("plain");
        await using var second = Client.CreateReceiver("plain");
        var one = await TestEmulator.ReceiveAsync(first);
        var two = await TestEmulator.ReceiveAsync(first);

        await second.CompleteMessageAsync(one);
        await second.DeadLetterMessageAsync(two, "Reason", "Description");

        Assert.Equal(1, Emulator.Broker.QueueStatistics("plain").Total);
        Assert.Equal("Reason", (await Emulator.DeadLettersAsync("plain", 1))[0].DeadLetterReason);
    }

    [Fact]
    public async Task A_queue_without_sessions_has_no_session_to_accept()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Client.AcceptNextSessionAsync("plain"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Client.AcceptSessionAsync("plain", "one"));
    }

    [Fact]
    public async Task Nothing_can_be_sent_to_dead_letters()
    {
        await using var sender = Client.CreateSender("plain/$DeadLetterQueue");

        await Assert.ThrowsAsync<InvalidOperationException>(() => sender.SendMessageAsync(new ServiceBusMessage("x")));
    }

    [Fact]
    public async Task A_busy_service_returns_ServiceBusy_until_it_recovers()
    {
        Emulator.Broker.Faults.Busy = true;
        await TestEmulator.FailsAsync(ServiceBusFailureReason.ServiceBusy, () => Emulator.SendAsync("plain", "refused"));
        Emulator.Broker.Faults.Busy = false;

        await using var other = Emulator.NewClient();
        await other.CreateSender("plain").SendMessageAsync(new ServiceBusMessage("x") { MessageId = "taken" });

        Assert.Equal(["taken"], await Emulator.ReadyAsync("plain"));
    }

    [Fact]
    public async Task A_client_whose_tries_are_shorter_than_ten_seconds_waits_that_long_after_ServiceBusy_although_the_service_has_recovered()
    {
        var options = new ServiceBusClientOptions { RetryOptions = new() { MaxRetries = 0, TryTimeout = TimeSpan.FromSeconds(3) } };
        await using var client = new ServiceBusClient(Emulator.Emulator.ConnectionString, options);
        await using var sender = client.CreateSender("plain");
        Emulator.Broker.Faults.Busy = true;
        await TestEmulator.FailsAsync(ServiceBusFailureReason.ServiceBusy, () => sender.SendMessageAsync(new ServiceBusMessage("refused")));
        Emulator.Broker.Faults.Busy = false;

        // This is why the product limits its sends itself.
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        var failure = await Record.ExceptionAsync(() => sender.SendMessageAsync(new ServiceBusMessage("waits"), soon.Token));

        Assert.True(failure is OperationCanceledException or ServiceBusException { Reason: ServiceBusFailureReason.ServiceBusy }, $"{failure}");
        Assert.Empty(await Emulator.ReadyAsync("plain"));
    }

    [Fact]
    public async Task Prefetched_messages_arrive_in_order_and_can_be_completed()
    {
        var ids = Enumerable.Range(0, 500).Select(number => $"{number:D3}").ToArray();
        await Emulator.SendAsync("plain", ids);
        await using var receiver = Client.CreateReceiver("plain", new ServiceBusReceiverOptions { PrefetchCount = 100 });
        var received = new List<string>();

        while (received.Count < ids.Length)
        {
            var messages = await receiver.ReceiveMessagesAsync(50);
            received.AddRange(messages.Select(message => message.MessageId));
            await Task.WhenAll(messages.Select(message => receiver.CompleteMessageAsync(message)));
        }

        Assert.Equal(ids, received);
        Assert.Equal(0, Emulator.Broker.QueueStatistics("plain").Total);
    }

    [Fact]
    public async Task A_processor_gets_every_message_once_and_stops_without_losing_one()
    {
        await Emulator.SendAsync("plain", Enumerable.Range(0, 300).Select(number => $"{number}"));
        var seen = new ConcurrentBag<string>();
        await using var processor = Client.CreateProcessor("plain", new ServiceBusProcessorOptions { MaxConcurrentCalls = 16 });
        processor.ProcessMessageAsync += call =>
        {
            seen.Add(call.Message.MessageId);
            return Task.CompletedTask;
        };
        processor.ProcessErrorAsync += _ => Task.CompletedTask;

        await processor.StartProcessingAsync();
        await Eventually.TrueAsync(() => seen.Count >= 100);
        await processor.StopProcessingAsync();
        // A cancelled receive may leave a message locked until its lock expires.
        Clock.Advance(LockDuration);
        var rest = await Emulator.ReadyAsync("plain");

        Assert.Equal(300, seen.Count + rest.Length);
        Assert.Equal(300, seen.Union(rest).Count());
    }

    [Fact]
    public async Task The_administration_client_reports_an_unknown_queue_as_not_found()
    {
        var administration = new ServiceBusAdministrationClient(Emulator.Emulator.AdministrationConnectionString);

        await TestEmulator.FailsAsync(
            ServiceBusFailureReason.MessagingEntityNotFound, () => administration.GetQueueRuntimePropertiesAsync("no-such-queue"));
    }

    private void Pass(int minutes)
    {
        for (; minutes > 0; minutes--)
        {
            Clock.Advance(Minute);
        }
    }
}
