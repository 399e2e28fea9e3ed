using System.Net.Sockets;
using System.Runtime.InteropServices;
using EReferrals.Local.ServiceBusEmulator;

const string Usage =
    "Usage: EReferrals.ServiceBusEmulator STATE_FILE MESSAGING_FILE PORT ADMINISTRATION_PORT (0 for a free port). It ends when its standard input closes.";

if (args is not [var state, var messaging, var amqp, var http] || !ushort.TryParse(amqp, out var port) || !ushort.TryParse(http, out var administrationPort))
    return Refuse($"'{string.Join(' ', args)}' is not valid.");

var ended = new TaskCompletionSource();
void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    ended.TrySetResult();
}
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
try
{
    await using var emulator = await Emulator.StartAsync(new EmulatorOptions
    {
        StateFile = state,
        MessagingFile = messaging,
        Port = port,
        AdministrationPort = administrationPort,
    });
    // The parent holds the other end of standard input. The operating system closes it however the parent ends.
    _ = Task.Run(() =>
    {
        while (Console.In.Read() >= 0)
        {
        }
        ended.TrySetResult();
    });
    Console.WriteLine($"Ready: {emulator.ConnectionString} {emulator.AdministrationConnectionString}");
    await ended.Task;
    return 0;
}
catch (Exception ex) when (ex is IOException or InvalidDataException or InvalidOperationException or SocketException or UnauthorizedAccessException)
{
    return Refuse(ex.Message);
}

static int Refuse(string why)
{
    Console.Error.WriteLine(why);
    Console.Error.WriteLine(Usage);
    return 1;
}
