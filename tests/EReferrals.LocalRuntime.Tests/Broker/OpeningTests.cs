using Azure.Core;
using Azure.Messaging.ServiceBus;
using EReferrals.LocalRuntime.Broker;

namespace EReferrals.LocalRuntime.Tests.Broker;

public sealed class OpeningTests : BrokerTest
{
    [Fact]
    public async Task A_broker_file_can_be_opened_only_once()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => LocalBroker.OpenAsync(A.File, A.TopologyFile, TimeProvider.System));

        Assert.Contains("in use by another broker", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Brokers_in_one_process_do_not_see_each_other()
    {
        await using var other = await ABroker.StartAsync();

        await other.SendAsync("plain", "theirs");

        Assert.Empty(await A.ReadyAsync("plain"));
        Assert.Equal(["theirs"], await other.ReadyAsync("plain"));
    }

    [Fact]
    public async Task A_client_finds_the_broker_by_namespace_and_credential()
    {
        await using var client = new ServiceBusClient(A.Broker.HostName, DelegatedTokenCredential.Create((_, _) => default));

        await client.CreateSender("plain").SendMessageAsync(new ServiceBusMessage("x") { MessageId = "one" });

        Assert.Equal(["one"], await A.ReadyAsync("plain"));
    }

    [Fact]
    public async Task An_unknown_queue_is_not_found()
    {
        await ABroker.FailsAsync(ServiceBusFailureReason.MessagingEntityNotFound, () => A.SendAsync("no-such-queue", "x"));
        await ABroker.FailsAsync(
            ServiceBusFailureReason.MessagingEntityNotFound, () => Client.CreateReceiver("no-such-queue").ReceiveMessageAsync());
    }

    [Fact]
    public async Task An_unknown_host_is_a_connection_problem()
    {
        await using var client = new ServiceBusClient(
            "Endpoint=sb://nobody.localhost/;SharedAccessKeyName=local;SharedAccessKey=local;UseDevelopmentEmulator=true");

        await ABroker.FailsAsync(
            ServiceBusFailureReason.ServiceCommunicationProblem,
            () => client.CreateSender("plain").SendMessageAsync(new ServiceBusMessage("x")));
    }

    [Fact]
    public async Task A_disposed_client_does_nothing_any_more()
    {
        var sender = Client.CreateSender("plain");
        var receiver = Client.CreateReceiver("plain");

        await Client.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => sender.SendMessageAsync(new ServiceBusMessage("x")));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => receiver.ReceiveMessageAsync());
        Assert.Throws<ObjectDisposedException>(() => Client.CreateSender("plain"));
        Assert.True(receiver.IsClosed);
    }

    [Fact]
    public async Task A_closed_broker_fails_those_who_still_wait_for_it()
    {
        var waiting = Client.CreateReceiver("plain").ReceiveMessageAsync(TimeSpan.FromHours(1));
        var accepting = Client.AcceptNextSessionAsync("sessions");

        await A.Broker.DisposeAsync();

        await ABroker.FailsAsync(ServiceBusFailureReason.ServiceCommunicationProblem, () => waiting);
        await ABroker.FailsAsync(ServiceBusFailureReason.ServiceCommunicationProblem, () => accepting);
        await ABroker.FailsAsync(ServiceBusFailureReason.ServiceCommunicationProblem, () => A.SendAsync("plain", "late"));
    }

    [Fact]
    public async Task A_sequence_number_is_never_used_twice()
    {
        await A.SendAsync("plain", "one");
        var receiver = Client.CreateReceiver("plain");
        var one = await ABroker.ReceiveAsync(receiver);
        await receiver.CompleteMessageAsync(one);
        await A.RestartAsync();

        await A.SendAsync("plain", "two");

        Assert.True((await A.ReceiveAsync("plain")).SequenceNumber > one.SequenceNumber);
    }

    [Theory]
    [InlineData("\"colour\": \"red\"", "colour")]
    [InlineData("\"maxDeliveryCount\": 10", "maxDeliveryCount")]
    [InlineData("\"duplicateDetectionHistoryTimeWindow\": \"PT10M\"", "duplicateDetectionHistoryTimeWindow")]
    [InlineData("\"defaultMessageTimeToLive\": \"ten minutes\"", "ten minutes")]
    public async Task A_topology_that_says_more_than_the_broker_understands_is_refused(string setting, string complaint)
    {
        var file = A.TopologyFile + ".bad";
        await File.WriteAllTextAsync(file, $$"""
            { "queues": [ { "name": "q", "lockDuration": "PT1M", "maxDeliveryCount": 10, "requiresSession": false,
              "requiresDuplicateDetection": false, {{setting}} } ] }
            """);

        var exception = await Assert.ThrowsAsync<InvalidDataException>(
            () => LocalBroker.OpenAsync(A.File + ".other", file, TimeProvider.System));

        Assert.Contains(complaint, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_queue_that_still_holds_messages_cannot_be_taken_out_of_the_topology()
    {
        await A.SendAsync("plain", "one");
        await A.CloseAsync();
        await File.WriteAllTextAsync(A.TopologyFile, """{ "queues": [] }""");

        await Assert.ThrowsAsync<InvalidDataException>(A.OpenAsync);
    }

    [Fact]
    public async Task The_products_own_topology_can_be_opened()
    {
        var topology = Path.Combine(AppContext.BaseDirectory, "messaging.json");

        await using var broker = await LocalBroker.OpenAsync(A.File + ".product", topology, TimeProvider.System);

        Assert.Equal(0, broker.QueueStatistics("referral-submitted").Total);
    }
}
