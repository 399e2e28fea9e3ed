using System.Globalization;
using EReferrals.Local;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.Soak;

/// <summary>
/// The other process: the product as it is, on a clock that can jump, with everything that can be done to its surroundings at the hand of
/// whoever writes lines to its standard input. Each line is answered with one line.
/// </summary>
internal static class DisturbedHost
{
    public const string Argument = "--disturbed-host";

    public static async Task<int> RunAsync(string state)
    {
        var clock = new JumpingClock();
        var builder = FunctionsApplication.CreateBuilder(["--EREFERRALS_PORT=0", $"--EREFERRALS_STATE={state}", "--Local:FunctionsAssembly=EReferrals"]);
        // Standard output is for answers.
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss.fff "));
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.AddEReferrals();
        using var host = builder.Build();
        await host.StartAsync();
        var local = host.Services.GetRequiredService<LocalRuntimeControl>();
        Console.WriteLine(local.HttpAddress);
        while (await Console.In.ReadLineAsync() is { } line and not "stop")
        {
            await ObeyAsync(line.Split(' '), local, clock);
            Console.WriteLine("done");
        }

        await host.StopAsync();
        Console.WriteLine("stopped");
        return 0;
    }

    private static Task ObeyAsync(string[] order, LocalRuntimeControl local, JumpingClock clock)
    {
        switch (order)
        {
            case ["records", var what]:
                return DisturbAsync(local.Azurite!.Records, what);
            case ["contingency", var what]:
                return DisturbAsync(local.Azurite!.Contingency, what);
            case ["twice", var on]:
                local.Broker.Faults.DeliverEverythingTwice = on == "on";
                return Task.CompletedTask;
            case ["fail-sends", var rate]:
                local.Broker.Faults.SendFailureRate = double.Parse(rate, CultureInfo.InvariantCulture);
                return Task.CompletedTask;
            case ["broker-file", var room]:
                return local.FillBrokerFileAsync(room == "full");
            case ["clock", var seconds]:
                clock.Offset = TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture));
                return Task.CompletedTask;
            default:
                throw new ArgumentException($"Not an order: {string.Join(' ', order)}");
        }
    }

    private static Task DisturbAsync(LocalRuntime.Azurite.AzuriteEmulator emulator, string what) => what switch
    {
        "stop" => emulator.StopAsync(),
        "start" => emulator.StartAsync(),
        "freeze" => emulator.FreezeAsync(),
        "thaw" => emulator.ThawAsync(),
        _ => throw new ArgumentException($"Not done to an emulator: {what}"),
    };

    // Wall time jumps; elapsed time does not, as on a machine whose clock is set.
    private sealed class JumpingClock : TimeProvider
    {
        private long _offset;

        public TimeSpan Offset
        {
            set => Interlocked.Exchange(ref _offset, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offset));
    }
}
