using Azure.Messaging.ServiceBus;
using EReferrals.LocalRuntime.Broker;

// A line on standard output for every step; a pipe keeps what was written when the writer is killed.
//   "sending ID"  before a send      "sent ID"  the send was acknowledged
//   "completing ID"  before          "completed ID"  the completion was acknowledged
// IDs are {run}-{sender}-{number}; the sessions' queue uses the sender as session.
var (file, topology, run) = (args[0], args[1], args[2]);
using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
var gate = new Lock();
await using var broker = await LocalBroker.OpenAsync(file, topology, TimeProvider.System);
await using var client = new ServiceBusClient(broker.ConnectionString);
var work = new List<Task>();
for (var i = 0; i < 12; i++)
{
    var sender = i;
    work.Add(Task.Run(() => SendAsync("plain", $"p{sender}")));
    work.Add(Task.Run(() => SendAsync("unique", $"u{sender}")));
    work.Add(Task.Run(() => SendAsync("sessions", $"s{sender}")));
}
for (var i = 0; i < 4; i++)
{
    work.Add(Task.Run(() => ReceiveAsync("plain")));
    work.Add(Task.Run(() => ReceiveAsync("unique")));
    work.Add(Task.Run(ReceiveSessionsAsync));
}
await Task.WhenAny(work).Unwrap();

async Task SendAsync(string queue, string name)
{
    var sender = client.CreateSender(queue);
    for (var number = 0; ; number++)
    {
        var id = $"{run}-{name}-{number:D6}";
        Say("sending", id);
        await sender.SendMessageAsync(new ServiceBusMessage(new string('x', 1500)) { MessageId = id, SessionId = $"{run}-{name}" });
        Say("sent", id);
    }
}

async Task ReceiveAsync(string queue)
{
    var receiver = client.CreateReceiver(queue);
    while (true)
    {
        await CompleteAsync(receiver, await receiver.ReceiveMessagesAsync(5));
    }
}

async Task ReceiveSessionsAsync()
{
    while (true)
    {
        await using var receiver = await client.AcceptNextSessionAsync("sessions");
        await CompleteAsync(receiver, await receiver.ReceiveMessagesAsync(10));
    }
}

async Task CompleteAsync(ServiceBusReceiver receiver, IReadOnlyList<ServiceBusReceivedMessage> messages)
{
    foreach (var message in messages)
    {
        Say("completing", message.MessageId);
        await receiver.CompleteMessageAsync(message);
        Say("completed", message.MessageId);
    }
}

void Say(string step, string id)
{
    lock (gate)
    {
        output.Write($"{step} {id}\n");
    }
}
