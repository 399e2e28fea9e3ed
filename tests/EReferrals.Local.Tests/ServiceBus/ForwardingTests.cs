using Azure.Messaging.ServiceBus;

namespace EReferrals.Local.Tests.ServiceBus;

/// <summary>The queue "watched" forwards its dead letters to the queue "lost".</summary>
public sealed class ForwardingTests : EmulatorTest
{
    [Fact]
    public async Task A_forwarded_dead_letter_keeps_its_body_properties_reason_and_source_queue_name()
    {
        var sent = new ServiceBusMessage("body")
        {
            MessageId = "one",
            CorrelationId = "request",
            Subject = "What",
            ApplicationProperties = { ["ubrn"] = "000000123456" },
        };
        await Client.CreateSender("watched").SendMessageAsync(sent);
        await GiveUpAsync();

        var letter = await Emulator.ReceiveAsync("lost");

        Assert.Equal(
            ("body", "one", "request", "What", "000000123456"),
            (letter.Body.ToString(), letter.MessageId, letter.CorrelationId, letter.Subject, letter.ApplicationProperties["ubrn"]));
        Assert.Equal(("watched", "Reason", "Description"), (letter.DeadLetterSource, letter.DeadLetterReason, letter.DeadLetterErrorDescription));
        Assert.Equal(("Reason", "Description"), (letter.ApplicationProperties["DeadLetterReason"], letter.ApplicationProperties["DeadLetterErrorDescription"]));
        Assert.Equal(0, Emulator.Broker.QueueStatistics("watched").Total);
    }

    [Fact]
    public async Task A_forwarded_dead_letter_is_a_new_message_with_a_new_number_and_no_deliveries()
    {
        await Emulator.SendAsync("watched", "one");
        var original = await GiveUpAsync();

        var letter = await Emulator.ReceiveAsync("lost");

        Assert.Equal((1, original.EnqueuedSequenceNumber), (letter.DeliveryCount, letter.EnqueuedSequenceNumber));
        Assert.True(letter.SequenceNumber > original.SequenceNumber);
    }

    [Fact]
    public async Task A_message_that_the_broker_dead_letters_is_forwarded_too()
    {
        await Emulator.SendAsync("watched", "poison");

        for (var delivery = 1; delivery <= 3; delivery++)
        {
            await Emulator.ReceiveAsync("watched");
            Clock.Advance(LockDuration);
        }

        var letter = await Emulator.ReceiveAsync("lost");
        Assert.Equal(("poison", "watched", "MaxDeliveryCountExceeded"), (letter.MessageId, letter.DeadLetterSource, letter.DeadLetterReason));
    }

    [Fact]
    public async Task A_forwarded_message_survives_a_restart()
    {
        await Emulator.SendAsync("watched", "one");
        await GiveUpAsync();
        await Emulator.ReceiveAsync("lost");

        await Emulator.RestartAsync();

        var letter = await Emulator.ReceiveAsync("lost");
        Assert.Equal(("one", "watched", "Reason"), (letter.MessageId, letter.DeadLetterSource, letter.DeadLetterReason));
    }

    [Fact]
    public async Task A_dead_letter_stays_until_its_target_accepts_messages_again()
    {
        Emulator.Broker.Faults.RefuseSends("lost");
        await Emulator.SendAsync("watched", "one");
        await GiveUpAsync();
        Clock.Advance(TimeSpan.FromMinutes(1));
        var meanwhile = (Emulator.Broker.QueueStatistics("watched").DeadLettered, Emulator.Broker.QueueStatistics("lost").Total);

        Emulator.Broker.Faults.AllowSends("lost");
        Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal((1L, 0L), meanwhile);
        Assert.Equal("one", (await Emulator.ReceiveAsync("lost")).MessageId);
    }

    [Fact]
    public async Task A_message_dead_lettered_on_the_target_stays_in_the_dead_letters_of_the_target()
    {
        await Emulator.SendAsync("watched", "one");
        await GiveUpAsync();
        for (var delivery = 1; delivery <= 2; delivery++)
        {
            await Emulator.ReceiveAsync("lost");
            Clock.Advance(LockDuration);
        }

        var dead = Assert.Single(await Emulator.DeadLettersAsync("lost", 1));

        Assert.Equal(("one", "watched", "MaxDeliveryCountExceeded"), (dead.MessageId, dead.DeadLetterSource, dead.DeadLetterReason));
    }

    [Fact]
    public async Task Forwarded_dead_letters_cannot_be_received_from_the_source() =>
        await Assert.ThrowsAnyAsync<Exception>(
            () =>
                Client.CreateReceiver("watched", new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter })
                    .ReceiveMessageAsync(TimeSpan.FromSeconds(20)));

    [Fact]
    public async Task Dead_letters_that_are_older_than_the_forwarding_are_forwarded_when_it_starts()
    {
        await File.WriteAllTextAsync(
            Emulator.TopologyFile,
            TestEmulator.Topology.Replace(
                "\"forwardDeadLetteredMessagesTo\": \"lost\"", "\"deadLetteringOnMessageExpiration\": true", StringComparison.Ordinal));
        await Emulator.RestartAsync();
        await Emulator.SendAsync("watched", "old");
        await GiveUpAsync();
        Assert.Equal(1, Emulator.Broker.QueueStatistics("watched").DeadLettered);

        await File.WriteAllTextAsync(Emulator.TopologyFile, TestEmulator.Topology);
        await Emulator.RestartAsync();

        var letter = await Emulator.ReceiveAsync("lost");
        Assert.Equal(("old", "watched", "Reason"), (letter.MessageId, letter.DeadLetterSource, letter.DeadLetterReason));
    }

    [Fact]
    public async Task A_forwarding_target_that_does_not_exist_is_rejected_at_the_start()
    {
        await Emulator.CloseAsync();
        await File.WriteAllTextAsync(
            Emulator.TopologyFile,
            TestEmulator.Topology.Replace(
                "\"forwardDeadLetteredMessagesTo\": \"lost\"", "\"forwardDeadLetteredMessagesTo\": \"nowhere\"", StringComparison.Ordinal));

        await Assert.ThrowsAsync<InvalidDataException>(Emulator.OpenAsync);

        await File.WriteAllTextAsync(Emulator.TopologyFile, TestEmulator.Topology);
        await Emulator.OpenAsync();
    }

    private async Task<ServiceBusReceivedMessage> GiveUpAsync()
    {
        await using var receiver = Client.CreateReceiver("watched");
        var message = await TestEmulator.ReceiveAsync(receiver);
        await receiver.DeadLetterMessageAsync(message, "Reason", "Description");
        return message;
    }
}
