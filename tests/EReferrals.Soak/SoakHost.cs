using System.Diagnostics;
using System.Globalization;
using EReferrals.Local;

namespace EReferrals.Soak;

/// <summary>
/// The second process: the local platform, with worker and Service Bus emulator in their own processes. Reads one order per line from standard input and
/// writes one line in response to each.
/// </summary>
internal static class SoakHost
{
    public const string Argument = "--soak-host";

    public static async Task<int> ServeAsync(string state)
    {
        var clock = Path.Combine(state, "clock");
        JumpingClock.Set(clock, TimeSpan.Zero);
        await using var platform = await LocalPlatform.StartAsync(new LocalPlatformOptions
        {
            StateFolder = state,
            ApplicationDirectory = AppContext.BaseDirectory,
            WorkerAssembly = Path.GetFileName(typeof(SoakWorker).Assembly.Location),
            Port = 0,
            Settings = new Dictionary<string, string> { [SoakWorker.ClockVariable] = clock },
            // Standard output is reserved for responses.
            Progress = line => Console.Error.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} {line}"),
        });
        await platform.ReadyAsync();
        using var bus = new BusControl(platform.EmulatorProcess!.Administration);
        Console.WriteLine(platform.HttpAddress);
        while (await Console.In.ReadLineAsync() is { } line and not "stop") Console.WriteLine(await ExecuteAsync(line.Split(' '), platform, bus, clock));
        await platform.DisposeAsync();
        Console.WriteLine("stopped");
        return 0;
    }

    private static async Task<string> ExecuteAsync(string[] order, LocalPlatform platform, BusControl bus, string clock)
    {
        switch (order)
        {
            case ["processes"]:
                return $"{platform.Host.WorkerProcessId ?? 0} {platform.EmulatorProcess!.ProcessId ?? 0}";
            case ["worker", "kill"]:
                Kill(platform.Host.WorkerProcessId);
                break;
            case ["emulator", var what]:
                await ControlAsync(platform.EmulatorProcess!, what);
                break;
            case ["records", var what]:
                await ControlAsync(platform.Azurite!.Records, what);
                break;
            case ["contingency", var what]:
                await ControlAsync(platform.Azurite!.Contingency, what);
                break;
            case ["twice", var on]:
                await bus.DeliverEverythingTwiceAsync(on == "on");
                break;
            case ["fail-sends", var rate]:
                await bus.FailSendsAsync(double.Parse(rate, CultureInfo.InvariantCulture));
                break;
            case ["broker-file", var room]:
                await bus.FillFileAsync(room == "full");
                break;
            case ["clock", var seconds]:
                await SetClocksAsync(bus, clock, TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)));
                break;
            default:
                throw new ArgumentException($"Unknown order: {string.Join(' ', order)}");
        }

        return "done";
    }

    // Deliver messages that were scheduled while the clocks were ahead. Otherwise they would arrive that much later.
    private static async Task SetClocksAsync(BusControl bus, string clock, TimeSpan ahead)
    {
        JumpingClock.Set(clock, ahead);
        await bus.SetClockAsync(ahead);
        if (ahead == TimeSpan.Zero) await bus.DeliverScheduledAsync();
    }

    private static void Kill(int? worker)
    {
        // The worker may be starting at this moment.
        if (worker is not { } number) return;
        using var process = Process.GetProcessById(number);
        process.Kill();
    }

    private static Task ControlAsync(SupervisedProcess emulator, string what) => what switch
    {
        "stop" => emulator.StopAsync(),
        "start" => emulator.StartAsync(),
        "kill" => emulator.KillAsync(),
        "freeze" => emulator.FreezeAsync(),
        "thaw" => emulator.ThawAsync(),
        _ => throw new ArgumentException($"Unknown emulator action: {what}"),
    };
}
