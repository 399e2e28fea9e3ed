using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Amqp;

namespace EReferrals.Local.Tests.ServiceBus;

/// <summary>Receives that end while messages are in transit to them.</summary>
public sealed class RaceTests : EmulatorTest
{
    private const int Repetitions = 200;

    [Fact]
    public async Task A_drain_completes_after_all_messages_in_transit_arrived_in_order_and_were_counted_once()
    {
        await using var link = await TestLink.ReceiveAsync(Emulator.Emulator, "patient");
        await using var sender = Client.CreateSender("patient");
        var random = new Random(7);
        var sent = 0;

        for (var repetition = 0; repetition < Repetitions; repetition++)
        {
            link.Link.IssueCredit(5, false, AmqpConstants.NullBinary);
            var sending = SendAsync(random.Next(1, 4));
            await PauseAsync(random);
            await link.Link.DrainAsyc(CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(1));
            var atDrain = link.Received.Count;
            await sending;
            Assert.Equal(atDrain, link.Received.Count);
        }

        // A message that arrives without credit makes the library close the link.
        Assert.Equal(AmqpObjectState.Opened, link.Link.State);
        link.Link.IssueCredit(1_000, false, AmqpConstants.NullBinary);
        await Eventually.TrueAsync(() => link.Received.Count == sent);
        Assert.Equal(Enumerable.Range(0, sent).Select(number => $"{number:D6}"), link.Received.Select(message => message.Id));
        Assert.All(link.Received, message => Assert.Equal(0u, message.EarlierDeliveries));

        async Task SendAsync(int count)
        {
            for (; count > 0; count--)
            {
                await sender.SendMessageAsync(new ServiceBusMessage("x") { MessageId = $"{sent++:D6}" });
            }
        }
    }

    [Fact]
    public async Task A_drain_delivers_available_messages_when_credit_arrives_with_it()
    {
        await Emulator.SendAsync("patient", Enumerable.Range(0, 20).Select(number => $"{number}"));
        await using var link = await TestLink.ReceiveAsync(Emulator.Emulator, "patient");

        link.Link.IssueCredit(30, drain: true, AmqpConstants.NullBinary);

        await Eventually.TrueAsync(() => link.Received.Count == 20);
        await Eventually.TrueAsync(() => link.Link.LinkCredit == 0);
    }

    [Fact]
    public async Task A_message_that_arrives_after_its_receive_ended_is_returned_and_not_counted_as_delivered()
    {
        await using var sender = Client.CreateSender("patient");
        await using var receiver = Client.CreateReceiver("patient");
        var random = new Random(11);
        var received = new List<ServiceBusReceivedMessage>();

        var sending = Task.Run(async () =>
        {
            for (var number = 0; number < Repetitions; number++)
            {
                await sender.SendMessageAsync(new ServiceBusMessage("x") { MessageId = $"{number}" });
                await PauseAsync(random);
            }
        });
        for (var receives = 0; received.Count < Repetitions; receives++)
        {
            Assert.InRange(receives, 0, 20_000);
            received.AddRange(await receiver.ReceiveMessagesAsync(10, TimeSpan.FromMilliseconds(1 + (receives % 6))));
        }
        await sending;

        Assert.Equal(Repetitions, received.Select(message => message.MessageId).Distinct().Count());
        Assert.All(received, message => Assert.Equal(1, message.DeliveryCount));
        await Task.WhenAll(received.Select(message => receiver.CompleteMessageAsync(message)));
        Assert.Equal(0, Emulator.Broker.QueueStatistics("patient").Total);
    }

    [Fact]
    public async Task A_cancelled_receive_of_several_messages_loses_none_and_leaves_them_locked_at_most_until_their_lock_ends()
    {
        string[] ids = [.. Enumerable.Range(0, 20).Select(number => $"{number}")];
        await Emulator.SendAsync("patient", ids);
        await using var receiver = Client.CreateReceiver("patient");
        var random = new Random(13);

        for (var repetition = 0; repetition < Repetitions; repetition++)
        {
            using var stop = new CancellationTokenSource();
            var receiving = receiver.ReceiveMessagesAsync(10, TimeSpan.FromMinutes(1), stop.Token);
            await PauseAsync(random);
            await stop.CancelAsync();
            try
            {
                foreach (var message in await receiving) await receiver.AbandonMessageAsync(message);
            }
            catch (TaskCanceledException)
            {
                // The client does not say which messages had arrived for it. They stay locked, and a later receive may return them.
                Clock.Advance(LockDuration);
            }
            catch (ServiceBusException ex) when (ex.Reason == ServiceBusFailureReason.MessageLockLost)
            {
                // Such a message, whose lock has ended.
            }
        }

        Clock.Advance(LockDuration);
        Assert.Equal(ids.Order(), (await Emulator.ReadyAsync("patient")).Order());
    }

    [Fact]
    public async Task A_message_that_its_receiver_returns_at_once_is_not_lost()
    {
        string[] ids = [.. Enumerable.Range(0, 20).Select(number => $"{number}")];
        await Emulator.SendAsync("patient", ids);

        // The library tells its sending side that a message was accepted when the release arrives before the send has returned: one in some 20,000.
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            await using var link = await TestLink.ReceiveAsync(Emulator.Emulator, "patient", returns: true);
            for (var expected = 0; expected < 150 * Repetitions && Count() == ids.Length;)
            {
                link.Link.IssueCredit(100, false, AmqpConstants.NullBinary);
                expected += 100;
                await Eventually.TrueAsync(() => link.Received.Count >= expected || Count() < ids.Length);
            }
        }));

        Assert.Equal(ids.Order(), (await Emulator.ReadyAsync("patient")).Order());

        long Count() => Emulator.Broker.QueueStatistics("patient").Total;
    }

    [Fact]
    public async Task Withdrawn_credit_does_not_raise_the_delivery_count()
    {
        await using var link = await TestLink.ReceiveAsync(Emulator.Emulator, "patient");
        await using var sender = Client.CreateSender("patient");
        for (var repetition = 0; repetition < Repetitions; repetition++)
        {
            link.Link.IssueCredit(5, false, AmqpConstants.NullBinary);
            var sending = sender.SendMessageAsync(new ServiceBusMessage("x") { MessageId = $"{repetition}" });
            // Lowers the credit without a drain: messages in transit may still arrive, and the library accepts them through its buffer.
            link.Link.SetTotalLinkCredit((uint)(repetition % 3), applyNow: true);
            await sending;
        }
        await Eventually.TrueAsync(() =>
        {
            link.Link.IssueCredit(50, false, AmqpConstants.NullBinary);
            return link.Received.Count == Repetitions;
        });

        Assert.All(link.Received, message => Assert.Equal(0u, message.EarlierDeliveries));
    }

    [Fact]
    public async Task A_receiver_that_detaches_leaves_no_undelivered_message_locked()
    {
        await using var sender = Client.CreateSender("patient");
        var seen = new ConcurrentDictionary<string, int>();
        for (var repetition = 0; repetition < Repetitions; repetition++)
        {
            await using var link = await TestLink.ReceiveAsync(Emulator.Emulator, "patient");
            link.Link.IssueCredit(100, false, AmqpConstants.NullBinary);
            await sender.SendMessagesAsync(Enumerable.Range(0, 3).Select(number => new ServiceBusMessage("x") { MessageId = $"{repetition}-{number}" }));
            await link.DisposeAsync();
            foreach (var message in link.Received)
            {
                seen.AddOrUpdate(message.Id, 1, (_, times) => times + 1);
            }
        }

        // Locks of delivered messages expire with time. All other messages are available at once.
        var rest = await Emulator.ReadyAsync("patient");
        Clock.Advance(LockDuration);
        rest = [.. rest, .. await Emulator.ReadyAsync("patient")];

        Assert.Equal(3 * Repetitions, seen.Keys.Union(rest).Count());
    }

    private static Task PauseAsync(Random random) => random.Next(3) switch
    {
        0 => Task.CompletedTask,
        1 => Task.Run(() => Thread.SpinWait(random.Next(20_000))),
        _ => Task.Delay(random.Next(1, 4)),
    };
}
