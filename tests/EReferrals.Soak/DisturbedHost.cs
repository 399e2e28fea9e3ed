using System.Diagnostics;
using System.Globalization;
using EReferrals.Local;

namespace EReferrals.Soak;

/// <summary>
/// The other process: the local platform, with worker and Service Bus emulator as processes of their own, and everything that can be done to
/// them at the hand of whoever writes lines to its standard input. Each line is answered with one line.
/// </summary>
internal static class DisturbedHost
{
    public const string Argument = "--disturbed-host";

    public static async Task<int> RunAsync(string state)
    {
        var clock = Path.Combine(state, "clock");
        JumpingClock.Set(clock, TimeSpan.Zero);
        await using var platform = await LocalPlatform.StartAsync(new LocalPlatformOptions
        {
            StateFolder = state,
            ApplicationDirectory = AppContext.BaseDirectory,
            WorkerAssembly = Path.GetFileName(typeof(DisturbedWorker).Assembly.Location),
            Port = 0,
            Settings = new Dictionary<string, string> { [DisturbedWorker.ClockVariable] = clock },
            // Standard output is for answers.
            Progress = line => Console.Error.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} {line}"),
        });
        await platform.ReadyAsync();
        using var bus = new BusControl(platform.EmulatorProcess!.Administration);
        Console.WriteLine(platform.HttpAddress);
        while (await Console.In.ReadLineAsync() is { } line and not "stop") Console.WriteLine(await ObeyAsync(line.Split(' '), platform, bus, clock));
        await platform.DisposeAsync();
        Console.WriteLine("stopped");
        return 0;
    }

    private static async Task<string> ObeyAsync(string[] order, LocalPlatform platform, BusControl bus, string clock)
    {
        switch (order)
        {
            case ["processes"]:
                return $"{platform.Host.WorkerProcessId ?? 0} {platform.EmulatorProcess!.ProcessId ?? 0}";
            case ["worker", "kill"]:
                Kill(platform.Host.WorkerProcessId);
                break;
            case ["emulator", var what]:
                await DisturbAsync(platform.EmulatorProcess!, what);
                break;
            case ["records", var what]:
                await DisturbAsync(platform.Azurite!.Records, what);
                break;
            case ["contingency", var what]:
                await DisturbAsync(platform.Azurite!.Contingency, what);
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
                throw new ArgumentException($"Not an order: {string.Join(' ', order)}");
        }

        return "done";
    }

    // What was put off while the clocks were ahead would come as much later.
    private static async Task SetClocksAsync(BusControl bus, string clock, TimeSpan ahead)
    {
        JumpingClock.Set(clock, ahead);
        await bus.SetClockAsync(ahead);
        if (ahead == TimeSpan.Zero) await bus.DeliverScheduledAsync();
    }

    private static void Kill(int? worker)
    {
        // Just then it may be starting.
        if (worker is not { } number) return;
        using var process = Process.GetProcessById(number);
        process.Kill();
    }

    private static Task DisturbAsync(SupervisedProcess emulator, string what) => what switch
    {
        "stop" => emulator.StopAsync(),
        "start" => emulator.StartAsync(),
        "kill" => emulator.KillAsync(),
        "freeze" => emulator.FreezeAsync(),
        "thaw" => emulator.ThawAsync(),
        _ => throw new ArgumentException($"Not done to an emulator: {what}"),
    };
}
