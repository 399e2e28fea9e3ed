using System.Net.Sockets;
using System.Runtime.InteropServices;
using EReferrals.Local.ServiceBusEmulator;

const string Usage = "Usage: EReferrals.ServiceBusEmulator --state FILE --messaging FILE [--port N] [--administration-port N] [--end-with-parent]";

string? state = null, messaging = null;
var (port, administrationPort, endWithParent) = (0, 0, false);
for (var i = 0; i < args.Length; i++)
{
    var (name, value) = (args[i], i + 1 < args.Length ? args[i + 1] : null);
    var isNumber = int.TryParse(value, out var number) && number is >= 0 and <= 65535;
    switch (name)
    {
        case "--state" when value is not null:
            (state, i) = (value, i + 1);
            break;
        case "--messaging" when value is not null:
            (messaging, i) = (value, i + 1);
            break;
        case "--port" when isNumber:
            (port, i) = (number, i + 1);
            break;
        case "--administration-port" when isNumber:
            (administrationPort, i) = (number, i + 1);
            break;
        case "--end-with-parent":
            endWithParent = true;
            break;
        default:
            return Refuse($"'{name}' is not understood.");
    }
}
if (state is null || messaging is null) return Refuse("--state and --messaging are needed.");

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
    if (endWithParent)
    {
        // The parent holds the other end of standard input; however it dies, the system closes that.
        _ = Task.Run(() =>
        {
            while (Console.In.Read() >= 0)
            {
            }
            ended.TrySetResult();
        });
    }
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
