using Azure.Messaging.ServiceBus;
using EReferrals.Local.ServiceBusEmulator;
using EReferrals.Local.ServiceBusEmulator.Broker;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Local.Tests.ServiceBus;

/// <summary>An emulator with a stopped clock and its own folder, which can be restarted, together with the official client.</summary>
public sealed class TestEmulator : IAsyncDisposable
{
    public const string Topology = """
        {
          "queues": [
            { "name": "plain", "lockDuration": "PT1M", "maxDeliveryCount": 3, "requiresSession": false, "requiresDuplicateDetection": false },
            { "name": "patient", "lockDuration": "PT1M", "maxDeliveryCount": 2000, "requiresSession": false, "requiresDuplicateDetection": false },
            {
              "name": "unique", "lockDuration": "PT1M", "maxDeliveryCount": 10, "requiresSession": false,
              "requiresDuplicateDetection": true, "duplicateDetectionHistoryTimeWindow": "PT10M"
            },
            {
              "name": "fleeting", "lockDuration": "PT1M", "maxDeliveryCount": 10, "requiresSession": false, "requiresDuplicateDetection": false,
              "defaultMessageTimeToLive": "PT1H", "deadLetteringOnMessageExpiration": false
            },
            { "name": "lost", "lockDuration": "PT1M", "maxDeliveryCount": 2, "requiresSession": false, "requiresDuplicateDetection": false },
            {
              "name": "watched", "lockDuration": "PT1M", "maxDeliveryCount": 3, "requiresSession": false, "requiresDuplicateDetection": false,
              "forwardDeadLetteredMessagesTo": "lost"
            }
          ]
        }
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emulator-");

    private TestEmulator()
    {
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 25, 8, 0, 0, TimeSpan.Zero));

    public string StateFile => Path.Combine(_folder.FullName, "bus.db");

    public string TopologyFile => Path.Combine(_folder.FullName, "messaging.json");

    public Emulator Emulator { get; private set; } = null!;

    public LocalBroker Broker => Emulator.Broker;

    public ServiceBusClient Client { get; private set; } = null!;

    public static async Task<TestEmulator> StartAsync()
    {
        var emulator = new TestEmulator();
        await File.WriteAllTextAsync(emulator.TopologyFile, Topology);
        await emulator.OpenAsync();
        return emulator;
    }

    /// <summary>A separate client, because a client that was told that the service is busy waits before it sends again.</summary>
    public ServiceBusClient NewClient() => new(
        Emulator.ConnectionString,
        new ServiceBusClientOptions { RetryOptions = new() { MaxRetries = 0, TryTimeout = TimeSpan.FromSeconds(20) } });

    public async Task RestartAsync()
    {
        await CloseAsync();
        await OpenAsync();
    }

    public async Task CloseAsync()
    {
        await Client.DisposeAsync();
        await Emulator.DisposeAsync();
    }

    public async Task OpenAsync()
    {
        Emulator = await Emulator.StartAsync(new EmulatorOptions { StateFile = StateFile, MessagingFile = TopologyFile, Clock = Clock });
        Client = NewClient();
    }

    public async Task SendAsync(string queue, params IEnumerable<string> ids)
    {
        await using var sender = Client.CreateSender(queue);
        await sender.SendMessagesAsync(ids.Select(id => new ServiceBusMessage($"body of {id}") { MessageId = id }));
    }

    /// <summary>Waits for an expected message as long as a slow machine may need.</summary>
    public Task<ServiceBusReceivedMessage> ReceiveAsync(string queue, SubQueue subQueue = SubQueue.None) =>
        ReceiveAsync(Client.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = subQueue }));

    public static async Task<ServiceBusReceivedMessage> ReceiveAsync(ServiceBusReceiver receiver) =>
        await receiver.ReceiveMessageAsync(Patience) ?? throw new InvalidOperationException("No message came.");

    /// <summary>Receives all available messages and returns them, locked, by id.</summary>
    public async Task<string[]> ReadyAsync(string queue)
    {
        var ids = new List<string>();
        var locked = Broker.QueueStatistics(queue).Locked;
        await using var receiver = Client.CreateReceiver(queue);
        // A message in transit to a receive that has ended is locked briefly and then available again.
        for (var empty = 0; Broker.QueueStatistics(queue) is var now && (now.Available > 0 || (now.Locked != locked + ids.Count && empty < 10));)
        {
            var messages = await receiver.ReceiveMessagesAsync(1000, Moment);
            ids.AddRange(messages.Select(message => message.MessageId));
            empty = messages.Count == 0 ? empty + 1 : 0;
        }
        return [.. ids];
    }

    public async Task<ServiceBusReceivedMessage[]> DeadLettersAsync(string queue, int count)
    {
        await using var receiver = Client.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
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
