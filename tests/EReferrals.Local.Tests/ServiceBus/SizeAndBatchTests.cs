using Azure.Messaging.ServiceBus;

namespace EReferrals.Local.Tests.ServiceBus;

public sealed class SizeAndBatchTests : EmulatorTest
{
    private const int Limit = 256 * 1024;

    [Fact]
    public async Task A_message_just_below_256_KB_is_accepted()
    {
        await Client.CreateSender("plain").SendMessageAsync(new ServiceBusMessage(new byte[Limit - 1024]));

        Assert.Equal(Limit - 1024, (await Emulator.ReceiveAsync("plain")).Body.ToMemory().Length);
    }

    [Fact]
    public async Task A_message_over_256_KB_is_rejected()
    {
        await TestEmulator.FailsAsync(
            ServiceBusFailureReason.MessageSizeExceeded, () => Client.CreateSender("plain").SendMessageAsync(new ServiceBusMessage(new byte[Limit])));

        Assert.Equal(0, Emulator.Broker.QueueStatistics("plain").Total);
    }

    [Fact]
    public async Task Properties_count_towards_the_256_KB_limit()
    {
        var message = new ServiceBusMessage(new byte[Limit - 10_000]);
        message.ApplicationProperties["Large"] = new string('x', 10_000);

        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessageSizeExceeded, () => Client.CreateSender("plain").SendMessageAsync(message));
    }

    [Fact]
    public async Task Properties_over_64_KB_are_rejected()
    {
        var many = new ServiceBusMessage("x");
        for (var i = 0; i < 3; i++)
        {
            many.ApplicationProperties[$"Large{i}"] = new string('x', 30 * 1024);
        }

        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessageSizeExceeded, () => Client.CreateSender("plain").SendMessageAsync(many));
    }

    [Fact]
    public async Task A_batch_accepts_messages_until_it_is_full()
    {
        var sender = Client.CreateSender("plain");
        using var batch = await sender.CreateMessageBatchAsync();
        Assert.Equal(Limit, batch.MaxSizeInBytes);

        while (batch.TryAddMessage(new ServiceBusMessage(new byte[10_000])))
        {
            Assert.InRange(batch.SizeInBytes, 10_000 * batch.Count, Limit);
        }
        await sender.SendMessagesAsync(batch);

        Assert.InRange(batch.Count, 25, 26);
        Assert.Equal(batch.Count, Emulator.Broker.QueueStatistics("plain").Available);
    }

    [Fact]
    public async Task Messages_that_are_too_large_together_are_all_rejected()
    {
        var messages = Enumerable.Range(0, 27).Select(_ => new ServiceBusMessage(new byte[10_000]));

        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessageSizeExceeded, () => Client.CreateSender("plain").SendMessagesAsync(messages));

        Assert.Equal(0, Emulator.Broker.QueueStatistics("plain").Total);
    }

    [Fact]
    public async Task One_rejected_message_rejects_all_messages_of_the_same_send()
    {
        ServiceBusMessage[] messages = [new("good") { MessageId = "good" }, new("without an id")];

        await Assert.ThrowsAsync<InvalidOperationException>(() => Client.CreateSender("unique").SendMessagesAsync(messages));

        Assert.Equal(0, Emulator.Broker.QueueStatistics("unique").Total);
    }

    [Fact]
    public async Task Messages_of_one_send_that_do_not_fit_on_the_disk_are_all_rejected()
    {
        await Emulator.SendAsync("plain", "before");
        await Emulator.Broker.LimitFileAsync(1);

        await TestEmulator.FailsAsync(
            ServiceBusFailureReason.ServiceBusy,
            () => Client.CreateSender("plain").SendMessagesAsync(Enumerable.Range(0, 20).Select(_ => new ServiceBusMessage(new byte[10_000]))));

        await Emulator.Broker.LimitFileAsync(null);
        await Emulator.RestartAsync();
        Assert.Equal(["before"], await Emulator.ReadyAsync("plain"));
    }
}
