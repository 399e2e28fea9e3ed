using System.Diagnostics;
using Azure.Messaging.ServiceBus;

namespace EReferrals.LocalRuntime.Tests.Broker;

public sealed class CrashTests : BrokerTest
{
    private static readonly string[] Queues = ["plain", "unique", "sessions"];

    [Fact]
    public async Task After_kills_in_the_middle_of_work_every_acknowledged_send_is_there_and_nothing_else()
    {
        await A.CloseAsync();
        var told = new Told();

        for (var run = 1; run <= 3; run++)
        {
            await RunUntilKilledAsync(run, sends: 1_500 * run, told);
        }

        await A.OpenAsync();
        var found = new List<(string Id, long Sequence)>();
        foreach (var queue in Queues)
        {
            found.AddRange(await EverythingInAsync(queue));
        }
        var ids = found.Select(message => message.Id).ToHashSet();
        Assert.Equal(ids.Count, found.Count);
        Assert.Empty(told.Sent.Except(told.Completing).Except(ids));
        Assert.Empty(ids.Except(told.Sending));
        Assert.Empty(ids.Intersect(told.Completed));
        AssertInOrder(found);
        Assert.NotEmpty(ids);
        Assert.NotEmpty(told.Completed);
    }

    private async Task RunUntilKilledAsync(int run, int sends, Told told)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "EReferrals.LocalRuntime.BrokerCrash.dll");
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["exec", program, A.File, A.TopologyFile, $"{run}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var acknowledged = 0;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            told.Add(line);
            if (line.StartsWith("sent ", StringComparison.Ordinal) && ++acknowledged == sends)
            {
                // SIGKILL: no handler of the process runs.
                process.Kill();
            }
        }
        await process.WaitForExitAsync();
        Assert.True(acknowledged >= sends, await errors);
    }

    private async Task<List<(string Id, long Sequence)>> EverythingInAsync(string queue)
    {
        var found = new List<(string, long)>();
        while (A.Broker.QueueStatistics(queue).Available > 0)
        {
            await using var receiver = queue == "sessions" ? await A.AcceptNextAsync() : Client.CreateReceiver(queue);
            await TakeAsync(receiver, found);
        }
        while (A.Broker.QueueStatistics(queue).DeadLettered > 0)
        {
            await using var receiver = Client.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
            await TakeAsync(receiver, found);
        }
        return found;
    }

    private static async Task TakeAsync(ServiceBusReceiver receiver, List<(string, long)> found)
    {
        var messages = await receiver.ReceiveMessagesAsync(10_000);
        found.AddRange(messages.Select(message => (message.MessageId, message.SequenceNumber)));
        await Task.WhenAll(messages.Select(message => receiver.CompleteMessageAsync(message)));
    }

    // Each sender numbers its own messages and sends one after the other.
    private static void AssertInOrder(List<(string Id, long Sequence)> found)
    {
        foreach (var sender in found.GroupBy(message => message.Id[..message.Id.LastIndexOf('-')]))
        {
            var ids = sender.OrderBy(message => message.Sequence).Select(message => message.Id).ToArray();
            Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        }
    }

    private sealed class Told
    {
        public HashSet<string> Sending { get; } = [];

        public HashSet<string> Sent { get; } = [];

        public HashSet<string> Completing { get; } = [];

        public HashSet<string> Completed { get; } = [];

        // The last line may have been cut off by the kill.
        public void Add(string line)
        {
            var words = line.Split(' ');
            if (words.Length != 2 || words[1].LastIndexOf('-') is var dash && (dash < 0 || words[1].Length != dash + 7))
            {
                return;
            }
            var set = words[0] switch
            {
                "sending" => Sending,
                "sent" => Sent,
                "completing" => Completing,
                "completed" => Completed,
                _ => throw new InvalidOperationException(line),
            };
            set.Add(words[1]);
        }
    }
}
