using Azure.Messaging.ServiceBus;
using EReferrals.Local.ServiceBusEmulator;

namespace EReferrals.Local.Tests.ServiceBus;

public sealed class OpeningTests : EmulatorTest
{
    [Fact]
    public async Task A_broker_file_can_be_opened_only_once()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => StartAsync(A.StateFile, A.TopologyFile));

        Assert.Contains("in use by another broker", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Brokers_in_one_process_are_isolated()
    {
        await using var other = await AnEmulator.StartAsync();

        await other.SendAsync("plain", "theirs");

        Assert.Empty(await A.ReadyAsync("plain"));
        Assert.Equal(["theirs"], await other.ReadyAsync("plain"));
    }

    [Fact]
    public async Task An_unknown_queue_is_not_found()
    {
        await AnEmulator.FailsAsync(ServiceBusFailureReason.MessagingEntityNotFound, () => A.SendAsync("no-such-queue", "x"));
        await AnEmulator.FailsAsync(
            ServiceBusFailureReason.MessagingEntityNotFound, () => Client.CreateReceiver("no-such-queue").ReceiveMessageAsync());
    }

    [Fact]
    public async Task An_emulator_that_stops_fails_the_receivers_that_still_wait()
    {
        var receiver = Client.CreateReceiver("plain");
        await receiver.PeekMessageAsync();
        var waiting = receiver.ReceiveMessageAsync(TimeSpan.FromMinutes(1));

        await A.Emulator.DisposeAsync();

        await AnEmulator.FailsAsync(ServiceBusFailureReason.ServiceCommunicationProblem, () => waiting);
        await AnEmulator.FailsAsync(ServiceBusFailureReason.ServiceCommunicationProblem, () => A.SendAsync("plain", "late"));
    }

    [Fact]
    public async Task A_queue_with_sessions_is_rejected_with_a_clear_message()
    {
        var file = A.TopologyFile + ".sessions";
        await File.WriteAllTextAsync(file, AnEmulator.Topology.Replace("\"requiresSession\": false", "\"requiresSession\": true", StringComparison.Ordinal));

        var exception = await Assert.ThrowsAsync<InvalidDataException>(() => StartAsync(A.StateFile + ".other", file));

        Assert.Contains("'plain' requires sessions, which this emulator does not support", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sequence_number_is_never_used_twice()
    {
        await A.SendAsync("plain", "one");
        var receiver = Client.CreateReceiver("plain");
        var one = await AnEmulator.ReceiveAsync(receiver);
        await receiver.CompleteMessageAsync(one);
        await A.RestartAsync();

        await A.SendAsync("plain", "two");

        Assert.True((await A.ReceiveAsync("plain")).SequenceNumber > one.SequenceNumber);
    }

    [Theory]
    [InlineData("\"colour\": \"red\"", "colour")]
    [InlineData("\"requiresSession\": true", "requiresSession")]
    [InlineData("\"maxDeliveryCount\": 10", "maxDeliveryCount")]
    [InlineData("\"duplicateDetectionHistoryTimeWindow\": \"PT10M\"", "duplicateDetectionHistoryTimeWindow")]
    [InlineData("\"defaultMessageTimeToLive\": \"ten minutes\"", "ten minutes")]
    public async Task A_topology_with_a_setting_that_the_broker_does_not_support_is_rejected(string setting, string complaint)
    {
        var file = A.TopologyFile + ".bad";
        await File.WriteAllTextAsync(file, $$"""
            { "queues": [ { "name": "q", "lockDuration": "PT1M", "maxDeliveryCount": 10, "requiresSession": false,
              "requiresDuplicateDetection": false, {{setting}} } ] }
            """);

        var exception = await Assert.ThrowsAsync<InvalidDataException>(
            () => StartAsync(A.StateFile + ".other", file));

        Assert.Contains(complaint, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_queue_that_still_holds_messages_cannot_be_removed_from_the_topology()
    {
        await A.SendAsync("plain", "one");
        await A.CloseAsync();
        await File.WriteAllTextAsync(A.TopologyFile, """{ "queues": [] }""");

        await Assert.ThrowsAsync<InvalidDataException>(A.OpenAsync);
    }

    private static Task<Emulator> StartAsync(string state, string topology) =>
        Emulator.StartAsync(new EmulatorOptions { StateFile = state, MessagingFile = topology });
}
