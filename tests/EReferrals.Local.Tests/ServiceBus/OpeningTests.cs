using Azure.Messaging.ServiceBus;
using EReferrals.Local.ServiceBusEmulator;

namespace EReferrals.Local.Tests.ServiceBus;

public sealed class OpeningTests : EmulatorTest
{
    [Fact]
    public async Task A_broker_file_can_be_opened_only_once()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => StartAsync(Emulator.StateFile, Emulator.TopologyFile));

        Assert.Contains("in use by another broker", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Brokers_in_one_process_are_isolated()
    {
        await using var other = await TestEmulator.StartAsync();

        await other.SendAsync("plain", "theirs");

        Assert.Empty(await Emulator.ReadyAsync("plain"));
        Assert.Equal(["theirs"], await other.ReadyAsync("plain"));
    }

    [Fact]
    public async Task An_unknown_queue_is_not_found()
    {
        await TestEmulator.FailsAsync(ServiceBusFailureReason.MessagingEntityNotFound, () => Emulator.SendAsync("no-such-queue", "x"));
        await TestEmulator.FailsAsync(
            ServiceBusFailureReason.MessagingEntityNotFound, () => Client.CreateReceiver("no-such-queue").ReceiveMessageAsync());
    }

    [Fact]
    public async Task An_emulator_that_stops_fails_the_receivers_that_still_wait()
    {
        var receiver = Client.CreateReceiver("plain");
        await receiver.PeekMessageAsync();
        var waiting = receiver.ReceiveMessageAsync(TimeSpan.FromMinutes(1));

        await Emulator.Emulator.DisposeAsync();

        // The client calls what it was doing when the connection ended a timeout or a communication problem: both it may try again.
        Assert.True((await Assert.ThrowsAsync<ServiceBusException>(() => waiting)).IsTransient);
        await TestEmulator.FailsAsync(ServiceBusFailureReason.ServiceCommunicationProblem, () => Emulator.SendAsync("plain", "late"));
    }

    [Fact]
    public async Task A_queue_with_sessions_is_rejected_with_a_clear_message()
    {
        var file = Emulator.TopologyFile + ".sessions";
        await File.WriteAllTextAsync(file, TestEmulator.Topology.Replace("\"requiresSession\": false", "\"requiresSession\": true", StringComparison.Ordinal));

        var exception = await Assert.ThrowsAsync<InvalidDataException>(() => StartAsync(Emulator.StateFile + ".other", file));

        Assert.Contains("'plain' requires sessions, which this emulator does not support", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sequence_number_is_never_used_twice()
    {
        await Emulator.SendAsync("plain", "one");
        var receiver = Client.CreateReceiver("plain");
        var one = await TestEmulator.ReceiveAsync(receiver);
        await receiver.CompleteMessageAsync(one);
        await Emulator.RestartAsync();

        await Emulator.SendAsync("plain", "two");

        Assert.True((await Emulator.ReceiveAsync("plain")).SequenceNumber > one.SequenceNumber);
    }

    [Theory]
    [InlineData("\"colour\": \"red\"", "colour")]
    [InlineData("\"requiresSession\": true", "requiresSession")]
    [InlineData("\"maxDeliveryCount\": 10", "maxDeliveryCount")]
    [InlineData("\"duplicateDetectionHistoryTimeWindow\": \"PT10M\"", "duplicateDetectionHistoryTimeWindow")]
    [InlineData("\"defaultMessageTimeToLive\": \"ten minutes\"", "ten minutes")]
    public async Task A_topology_with_a_setting_that_the_broker_does_not_support_is_rejected(string setting, string complaint)
    {
        var file = Emulator.TopologyFile + ".bad";
        await File.WriteAllTextAsync(file, $$"""
            { "queues": [ { "name": "q", "lockDuration": "PT1M", "maxDeliveryCount": 10, "requiresSession": false,
              "requiresDuplicateDetection": false, {{setting}} } ] }
            """);

        var exception = await Assert.ThrowsAsync<InvalidDataException>(
            () => StartAsync(Emulator.StateFile + ".other", file));

        Assert.Contains(complaint, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_queue_that_still_holds_messages_cannot_be_removed_from_the_topology()
    {
        await Emulator.SendAsync("plain", "one");
        await Emulator.CloseAsync();
        await File.WriteAllTextAsync(Emulator.TopologyFile, """{ "queues": [] }""");

        await Assert.ThrowsAsync<InvalidDataException>(Emulator.OpenAsync);
    }

    private static Task<Emulator> StartAsync(string state, string topology) =>
        ServiceBusEmulator.Emulator.StartAsync(new EmulatorOptions { StateFile = state, MessagingFile = topology });
}
