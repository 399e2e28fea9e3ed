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
    private readonly ConcurrentDictionary<string, bool> _scheduled = new();
    private readonly ConcurrentDictionary<string, bool> _cancelling = new();
    private readonly ConcurrentDictionary<string, bool> _cancelled = new();
    private readonly ConcurrentDictionary<string, bool> _dead = new();

    [Fact]
    public async Task After_kills_under_load_every_acknowledged_send_is_present_and_no_completed_message_is()
    {
        await Emulator.CloseAsync();
        var random = new Random(3);
        for (var run = 1; run <= Kills; run++)
        {
            var (sends, completions) = (random.Next(100, 1_000) + _sent.Count, random.Next(20, 200) + _completed.Count);
            await RunUntilKilledAsync(
                (client, killed) =>
                [
                    .. Queues.SelectMany(queue => Enumerable.Range(0, 8).Select(sender => SendAsync(client, queue, $"{run}-{sender}", killed))),
                    .. Queues.SelectMany(queue => Enumerable.Range(0, 3).Select(_ => ReceiveAsync(client, queue, killed))),
                ],
                () => _sent.Count >= sends && _completed.Count >= completions);
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

    [Fact]
    public async Task After_kills_every_acknowledged_schedule_cancellation_and_dead_letter_is_as_it_was_acknowledged()
    {
        await Emulator.CloseAsync();
        var random = new Random(5);
        for (var run = 1; run <= Kills; run++)
        {
            var (cancels, letters) = (random.Next(20, 200) + _cancelled.Count, random.Next(20, 200) + _dead.Count);
            await RunUntilKilledAsync(
                (client, killed) =>
                [
                    .. Enumerable.Range(0, 4).Select(sender => ScheduleAsync(client, $"{run}-{sender}", killed)),
                    .. Enumerable.Range(0, 4).Select(sender => SendAsync(client, "plain", $"{run}-{sender}", killed)),
                    .. Enumerable.Range(0, 2).Select(_ => DeadLetterAsync(client, killed)),
                ],
                () => _cancelled.Count >= cancels && _dead.Count >= letters);
        }
        await Emulator.OpenAsync();

        var scheduled = await PeekAsync("patient", SubQueue.None);
        var dead = await PeekAsync("plain", SubQueue.DeadLetter);
        var alive = await PeekAsync("plain", SubQueue.None);

        Assert.Empty(_scheduled.Keys.Except(_cancelling.Keys).Except(scheduled));
        Assert.Empty(scheduled.Intersect(_cancelled.Keys));
        Assert.Empty(_dead.Keys.Except(dead));
        Assert.Empty(_sent.Keys.Except(dead).Except(alive));
        Assert.Equal(dead.Length + alive.Length, dead.Union(alive).Count());
    }

    private async Task RunUntilKilledAsync(Func<ServiceBusClient, CancellationToken, Task[]> start, Func<bool> isEnough)
    {
        using var emulator = await EmulatorProcess.StartAsync(Emulator.StateFile, Emulator.TopologyFile);
        await using var client = new ServiceBusClient(
            emulator.ConnectionString, new ServiceBusClientOptions { RetryOptions = new() { MaxRetries = 0, TryTimeout = TimeSpan.FromSeconds(20) } });
        using var killed = new CancellationTokenSource();
        var work = start(client, killed.Token);
        await Eventually.TrueAsync(isEnough);
        // SIGKILL: no handler of the process runs.
        emulator.Process.Kill();
        await emulator.ExitAsync();
        await killed.CancelAsync();
        await Task.WhenAll(work);
    }

    private Task ScheduleAsync(ServiceBusClient client, string name, CancellationToken killed)
    {
        var sender = client.CreateSender("patient");
        var number = 0;
        return UntilKilledAsync(
            async () =>
            {
                var id = $"{name}-{number++:D6}";
                var sequence = await sender.ScheduleMessageAsync(new ServiceBusMessage("x") { MessageId = id }, DateTimeOffset.UtcNow.AddYears(1), killed);
                _scheduled[id] = true;
                if (number % 2 == 0) return;
                _cancelling[id] = true;
                await sender.CancelScheduledMessageAsync(sequence, killed);
                _cancelled[id] = true;
            },
            killed);
    }

    private Task DeadLetterAsync(ServiceBusClient client, CancellationToken killed)
    {
        var receiver = client.CreateReceiver("plain");
        return UntilKilledAsync(
            async () =>
            {
                foreach (var message in await receiver.ReceiveMessagesAsync(5, cancellationToken: killed))
                {
                    await receiver.DeadLetterMessageAsync(message, "Some", "reason", killed);
                    _dead[message.MessageId] = true;
                }
            },
            killed);
    }

    private async Task<string[]> PeekAsync(string queue, SubQueue subQueue)
    {
        await using var receiver = Emulator.Client.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = subQueue });
        var ids = new List<string>();
        while (await receiver.PeekMessagesAsync(200) is { Count: > 0 } messages) ids.AddRange(messages.Select(message => message.MessageId));
        return [.. ids];
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
