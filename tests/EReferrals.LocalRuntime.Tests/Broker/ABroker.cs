using Azure.Messaging.ServiceBus;
using EReferrals.LocalRuntime.Broker;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.LocalRuntime.Tests.Broker;

/// <summary>A broker with a clock that stands still, in a folder of its own, that can be started again.</summary>
public sealed class ABroker : IAsyncDisposable
{
    public const string Topology = """
        {
          "queues": [
            { "name": "plain", "lockDuration": "PT1M", "maxDeliveryCount": 3, "requiresSession": false, "requiresDuplicateDetection": false },
            { "name": "patient", "lockDuration": "PT1M", "maxDeliveryCount": 10, "requiresSession": false, "requiresDuplicateDetection": false },
            {
              "name": "unique", "lockDuration": "PT1M", "maxDeliveryCount": 10, "requiresSession": false,
              "requiresDuplicateDetection": true, "duplicateDetectionHistoryTimeWindow": "PT10M"
            },
            { "name": "sessions", "lockDuration": "PT1M", "maxDeliveryCount": 3, "requiresSession": true, "requiresDuplicateDetection": false },
            {
              "name": "fleeting", "lockDuration": "PT1M", "maxDeliveryCount": 10, "requiresSession": false, "requiresDuplicateDetection": false,
              "defaultMessageTimeToLive": "PT1H", "deadLetteringOnMessageExpiration": false
            }
          ]
        }
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("broker-");

    private ABroker()
    {
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 25, 8, 0, 0, TimeSpan.Zero));

    public string File => Path.Combine(_folder.FullName, "broker.db");

    public string TopologyFile => Path.Combine(_folder.FullName, "messaging.json");

    public LocalBroker Broker { get; private set; } = null!;

    public ServiceBusClient Client { get; private set; } = null!;

    public static async Task<ABroker> StartAsync()
    {
        var broker = new ABroker();
        await System.IO.File.WriteAllTextAsync(broker.TopologyFile, Topology);
        await broker.OpenAsync();
        return broker;
    }

    public async Task RestartAsync()
    {
        await CloseAsync();
        await OpenAsync();
    }

    public async Task CloseAsync()
    {
        await Client.DisposeAsync();
        await Broker.DisposeAsync();
    }

    public async Task OpenAsync()
    {
        Broker = await LocalBroker.OpenAsync(File, TopologyFile, Clock);
        Client = new ServiceBusClient(Broker.ConnectionString);
    }

    public Task SendAsync(string queue, params IEnumerable<string> ids) =>
        Client.CreateSender(queue).SendMessagesAsync(ids.Select(id => new ServiceBusMessage($"body of {id}") { MessageId = id }));

    public Task SendToSessionAsync(string session, params IEnumerable<string> ids) =>
        Client.CreateSender("sessions").SendMessagesAsync(ids.Select(id => new ServiceBusMessage(id) { MessageId = id, SessionId = session }));

    /// <summary>Waits for a message that must come, however long the machine takes for it.</summary>
    public Task<ServiceBusReceivedMessage> ReceiveAsync(string queue, SubQueue subQueue = SubQueue.None) =>
        ReceiveAsync(Client.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = subQueue }));

    public static async Task<ServiceBusReceivedMessage> ReceiveAsync(ServiceBusReceiver receiver) =>
        await receiver.ReceiveMessageAsync(TimeSpan.FromHours(1)).WaitAsync(Patience)
            ?? throw new InvalidOperationException("No message came.");

    public Task<ServiceBusSessionReceiver> AcceptNextAsync() => Client.AcceptNextSessionAsync("sessions").WaitAsync(Patience);

    /// <summary>What can be received at this moment, by id, locked.</summary>
    public async Task<string[]> ReadyAsync(string queue, SubQueue subQueue = SubQueue.None)
    {
        var receiver = Client.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = subQueue, PrefetchCount = 1 });
        return [.. (await receiver.ReceiveMessagesAsync(1000, TimeSpan.Zero)).Select(message => message.MessageId)];
    }

    public async Task<ServiceBusReceivedMessage[]> DeadLettersAsync(string queue, int count)
    {
        var receiver = Client.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
        var messages = new List<ServiceBusReceivedMessage>();
        while (messages.Count < count)
        {
            messages.Add(await ReceiveAsync(receiver));
        }
        return [.. messages];
    }

    public static async Task FailsAsync(ServiceBusFailureReason reason, Func<Task> action)
    {
        var exception = await Assert.ThrowsAsync<ServiceBusException>(action);
        Assert.Equal(reason, exception.Reason);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _folder.Delete(recursive: true);
    }
}
