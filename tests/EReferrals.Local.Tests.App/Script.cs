using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Local.Tests.App;

/// <summary>Records the messages of the queue functions and tells the functions what to do with them.</summary>
public sealed class Script
{
    public ConcurrentQueue<string> Seen { get; } = [];

    public ConcurrentQueue<int> BatchSizes { get; } = [];

    public Func<ServiceBusReceivedMessage, ServiceBusMessageActions, Task> OnMessage { get; set; } =
        (message, actions) => actions.CompleteMessageAsync(message);

    public Func<ServiceBusReceivedMessage[], ServiceBusMessageActions, Task> OnBatch { get; set; } =
        async (messages, actions) =>
        {
            foreach (var message in messages) await actions.CompleteMessageAsync(message);
        };

    public Action<ServiceBusReceivedMessage> OnAutomatic { get; set; } = _ => { };

    /// <summary>When the app runs in its own process, it writes its record to this file.</summary>
    public static Script FromSettings()
    {
        var script = new Script();
        if (Environment.GetEnvironmentVariable("SEEN_FILE") is { } file)
        {
            var gate = new Lock();
            script.OnMessage = async (message, actions) =>
            {
                await Task.Delay(int.Parse(Environment.GetEnvironmentVariable("WORK_MILLISECONDS") ?? "0", System.Globalization.CultureInfo.InvariantCulture));
                lock (gate) File.AppendAllText(file, $"{message.MessageId}\n");
                await actions.CompleteMessageAsync(message);
            };
        }

        return script;
    }
}
