using Azure.Messaging.ServiceBus;

namespace EReferrals.Local.Tests.ServiceBus;

public sealed class MessageTests : EmulatorTest
{
    [Fact]
    public async Task Properties_of_every_supported_type_survive_a_restart()
    {
        var properties = new Dictionary<string, object?>
        {
            ["null"] = null,
            ["string"] = "Grüße",
            ["bool"] = true,
            ["char"] = 'ß',
            ["byte"] = (byte)200,
            ["sbyte"] = (sbyte)-100,
            ["short"] = (short)-30_000,
            ["ushort"] = (ushort)60_000,
            ["int"] = int.MinValue,
            ["uint"] = uint.MaxValue,
            ["long"] = long.MinValue,
            ["ulong"] = ulong.MaxValue,
            ["float"] = 1.5f,
            ["double"] = Math.PI,
            ["decimal"] = 12.3400m,
            ["Guid"] = Guid.NewGuid(),
            ["TimeSpan"] = TimeSpan.FromTicks(123),
            ["DateTime"] = new DateTime(2026, 11, 25, 8, 0, 0, 123, DateTimeKind.Utc),
            ["DateTimeOffset"] = new DateTimeOffset(2026, 11, 25, 8, 0, 0, TimeSpan.Zero),
            ["Uri"] = new Uri("https://example.org/a?b=c"),
        };
        var message = new ServiceBusMessage("x");
        foreach (var (key, value) in properties)
        {
            message.ApplicationProperties.Add(key, value);
        }

        await Client.CreateSender("plain").SendMessageAsync(message);
        await Emulator.RestartAsync();

        var received = await Emulator.ReceiveAsync("plain");
        Assert.Equal(properties.OrderBy(p => p.Key), received.ApplicationProperties.OrderBy(p => p.Key)!);
    }

    [Fact]
    public async Task Timestamps_are_returned_with_AMQP_precision()
    {
        var message = new ServiceBusMessage("x");
        message.ApplicationProperties["Time"] = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc).AddTicks(12_345);
        message.ApplicationProperties["Offset"] = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.FromHours(1));

        await Client.CreateSender("plain").SendMessageAsync(message);

        var received = await Emulator.ReceiveAsync("plain");
        Assert.Equal(new DateTime(2026, 1, 2, 3, 4, 5, 1, DateTimeKind.Utc), received.ApplicationProperties["Time"]);
        Assert.Equal(TimeSpan.Zero, Assert.IsType<DateTimeOffset>(received.ApplicationProperties["Offset"]).Offset);
    }

    [Fact]
    public async Task All_properties_set_by_the_sender_survive_a_restart()
    {
        await Client.CreateSender("plain").SendMessageAsync(new ServiceBusMessage(new byte[] { 1, 2, 3 })
        {
            MessageId = "id",
            SessionId = "group",
            PartitionKey = "group",
            TransactionPartitionKey = "via",
            ReplyToSessionId = "reply session",
            ContentType = "application/json",
            CorrelationId = "correlation",
            ReplyTo = "reply",
            Subject = "subject",
            To = "to",
            TimeToLive = TimeSpan.FromDays(3),
        });
        await Emulator.RestartAsync();

        var m = await Emulator.ReceiveAsync("plain");
        Assert.Equal([1, 2, 3], m.Body.ToArray());
        Assert.Equal(("id", "group", "group", "via"), (m.MessageId, m.SessionId, m.PartitionKey, m.TransactionPartitionKey));
        Assert.Equal(("reply session", "application/json", "correlation"), (m.ReplyToSessionId, m.ContentType, m.CorrelationId));
        Assert.Equal(("reply", "subject", "to"), (m.ReplyTo, m.Subject, m.To));
        Assert.Equal((TimeSpan.FromDays(3), Clock.GetUtcNow()), (m.TimeToLive, m.EnqueuedTime));
        Assert.Equal(ServiceBusMessageState.Active, m.State);
    }

    [Fact]
    public async Task Peeking_returns_messages_without_locking_them()
    {
        await Emulator.SendAsync("plain", "locked", "active");
        await Emulator.ReceiveAsync("plain");
        await Client.CreateSender("plain").ScheduleMessageAsync(
            new ServiceBusMessage("x") { MessageId = "scheduled" }, Clock.GetUtcNow().AddHours(1));
        await using var receiver = Client.CreateReceiver("plain");

        var first = await receiver.PeekMessagesAsync(2);
        var rest = await receiver.PeekMessagesAsync(10);

        Assert.Equal(["locked", "active"], first.Select(message => message.MessageId));
        Assert.Equal(["scheduled"], rest.Select(message => message.MessageId));
        Assert.Equal(ServiceBusMessageState.Scheduled, rest[0].State);
        Assert.Null(await receiver.PeekMessageAsync());
        Assert.Equal("active", (await receiver.PeekMessageAsync(first[1].SequenceNumber)).MessageId);
        Assert.Equal(0, first[1].DeliveryCount);
        await Assert.ThrowsAsync<InvalidOperationException>(() => receiver.CompleteMessageAsync(first[1]));
        Assert.Equal(["active"], await Emulator.ReadyAsync("plain"));
    }

    [Fact]
    public async Task A_deferred_message_can_only_be_received_by_its_number()
    {
        await Emulator.SendAsync("plain", "one");
        var receiver = Client.CreateReceiver("plain");
        var message = await TestEmulator.ReceiveAsync(receiver);

        await receiver.DeferMessageAsync(message, new Dictionary<string, object> { ["Why"] = "too early" });
        await Emulator.RestartAsync();

        Assert.Empty(await Emulator.ReadyAsync("plain"));
        receiver = Client.CreateReceiver("plain");
        var deferred = await receiver.ReceiveDeferredMessageAsync(message.SequenceNumber);
        Assert.Equal(ServiceBusMessageState.Deferred, deferred.State);
        Assert.Equal("too early", deferred.ApplicationProperties["Why"]);
        await receiver.AbandonMessageAsync(deferred);
        Assert.Empty(await Emulator.ReadyAsync("plain"));
        await receiver.CompleteMessageAsync(await receiver.ReceiveDeferredMessageAsync(message.SequenceNumber));
        await TestEmulator.FailsAsync(
            ServiceBusFailureReason.MessageNotFound, () => receiver.ReceiveDeferredMessageAsync(message.SequenceNumber));
    }
}
