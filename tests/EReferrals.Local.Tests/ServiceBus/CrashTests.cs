using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;

namespace EReferrals.Local.Tests.ServiceBus;

/// <summary>Kills the emulator's process while clients send, receive and complete as fast as they can.</summary>
public sealed class CrashTests : EmulatorTest
{
    private const int Kills = 4;
    private static readonly string[] Queues = ["patient", "unique"];

    private readonly ConcurrentDictionary<string, bool> _sending = new();
    private readonly ConcurrentDictionary<string, bool> _sent = new();
    private readonly ConcurrentDictionary<string, bool> _completing = new();
    private readonly ConcurrentDictionary<string, bool> _completed = new();
    private readonly ConcurrentBag<string> _cameBack = [];

    [Fact]
    public async Task After_kills_under_load_every_acknowledged_send_is_present_and_no_completed_message_is()
    {
        await Emulator.CloseAsync();
        var random = new Random(3);
        for (var run = 1; run <= Kills; run++)
        {
            await RunUntilKilledAsync(run, sends: random.Next(100, 1_000), completions: random.Next(20, 200));
        }
        await Emulator.OpenAsync();

        var found = new List<string>();
        foreach (var queue in Queues)
        {
            found.AddRange(await Emulator.ReadyAsync(queue));
        }

        Assert.Equal(found.Count, found.Distinct().Count());
        Assert.Empty(_sent.Keys.Except(_completing.Keys).Except(found));
        Assert.Empty(found.Except(_sending.Keys));
        Assert.Empty(found.Intersect(_completed.Keys));
        Assert.Empty(_cameBack);
    }

    private async Task RunUntilKilledAsync(int run, int sends, int completions)
    {
        (sends, completions) = (sends + _sent.Count, completions + _completed.Count);
        using var emulator = await EmulatorProcess.StartAsync(Emulator.StateFile, Emulator.TopologyFile);
        await using var client = new ServiceBusClient(
            emulator.ConnectionString, new ServiceBusClientOptions { RetryOptions = new() { MaxRetries = 0, TryTimeout = TimeSpan.FromSeconds(20) } });
        using var killed = new CancellationTokenSource();
        Task[] work =
        [
            .. Queues.SelectMany(queue => Enumerable.Range(0, 8).Select(sender => SendAsync(client, queue, $"{run}-{sender}", killed.Token))),
            .. Queues.SelectMany(queue => Enumerable.Range(0, 3).Select(_ => ReceiveAsync(client, queue, killed.Token))),
        ];
        await Eventually.TrueAsync(() => _sent.Count >= sends && _completed.Count >= completions);
        // SIGKILL: no handler of the process runs.
        emulator.Process.Kill();
        await emulator.ExitAsync();
        await killed.CancelAsync();
        await Task.WhenAll(work);
    }

    private Task SendAsync(ServiceBusClient client, string queue, string name, CancellationToken killed)
    {
        var sender = client.CreateSender(queue);
        var number = 0;
        return UntilKilledAsync(
            async () =>
            {
                var id = $"{queue}-{name}-{number++:D6}";
                _sending[id] = true;
                await sender.SendMessageAsync(new ServiceBusMessage(new byte[1_500]) { MessageId = id }, killed);
                _sent[id] = true;
            },
            killed);
    }

    private Task ReceiveAsync(ServiceBusClient client, string queue, CancellationToken killed)
    {
        var receiver = client.CreateReceiver(queue);
        return UntilKilledAsync(
            async () =>
            {
                foreach (var message in await receiver.ReceiveMessagesAsync(5, cancellationToken: killed))
                {
                    if (_completed.ContainsKey(message.MessageId))
                    {
                        _cameBack.Add(message.MessageId);
                    }
                    _completing[message.MessageId] = true;
                    await receiver.CompleteMessageAsync(message, killed);
                    _completed[message.MessageId] = true;
                }
            },
            killed);
    }

    private static Task UntilKilledAsync(Func<Task> work, CancellationToken killed) => Task.Run(
        async () =>
        {
            while (!killed.IsCancellationRequested)
            {
                try
                {
                    await work();
                }
                catch (Exception ex) when (ex is ServiceBusException || (ex is OperationCanceledException && killed.IsCancellationRequested))
                {
                    // The process has ended, is ending, or is slow.
                }
            }
        },
        CancellationToken.None);
}
