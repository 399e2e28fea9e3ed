using System.Diagnostics;

namespace EReferrals.Soak;

/// <summary>Disturbs the system with one fault after another, in an order that depends on the seed, with pauses between them.</summary>
internal sealed class FaultSequence(SoakApp app, SoakReport report, int seed)
{
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FreezeTime = TimeSpan.FromMilliseconds(60);

    private readonly Random _random = new(seed);

    public async Task InjectAsync(TimeSpan time)
    {
        var all = Faults();
        var clock = Stopwatch.StartNew();
        await Task.Delay(Pause);
        await RememberMemoryAsync("at the start");
        // Each fault occurs at least once, however short the run is.
        for (var round = 0; round == 0 || clock.Elapsed < time; round++)
        {
            foreach (var (name, inject) in all.OrderBy(_ => _random.Next()).TakeWhile(_ => round == 0 || clock.Elapsed < time))
            {
                Console.WriteLine($"{clock.Elapsed:mm\\:ss} {name}");
                await inject();
                report.AddFault(name);
                await Task.Delay(Pause);
            }
        }

        await RememberMemoryAsync("at the end");
    }

    private async Task RememberMemoryAsync(string when)
    {
        foreach (var (process, bytes) in await app.MemoryAsync()) report.Remember($"memory of the {process} {when}", bytes);
    }

    private (string Name, Func<Task> Inject)[] Faults() =>
    [
        ("everything killed with the host", KillHostAsync),
        ("everything killed soon after its start", KillHostAsync),
        ("worker killed", () => KillAsync("worker kill")),
        ("worker killed again as soon as it is back", KillWorkerTwiceAsync),
        ("bus killed", () => KillAsync("emulator kill")),
        ("bus frozen", () => ForAWhileAsync("emulator freeze", "emulator thaw")),
        ("records store stopped", () => ForAWhileAsync("records stop", "records start")),
        ("records store frozen", () => ForAWhileAsync("records freeze", "records thaw")),
        ("records store slow", () => SlowAsync("records")),
        ("contingency store stopped", () => ForAWhileAsync("contingency stop", "contingency start")),
        // The killed store loses what it acknowledged in its last five seconds. It only has copies, which the final check does not check. Killing the records
        // store would lose referrals.
        ("contingency store killed", () => ForAWhileAsync("contingency kill", "contingency start")),
        ("contingency store frozen", () => ForAWhileAsync("contingency freeze", "contingency thaw")),
        ("both stores slow", () => Task.WhenAll(SlowAsync("records"), SlowAsync("contingency"))),
        ("broker's file full", () => ForAWhileAsync("broker-file full", "broker-file free")),
        ("clock an hour ahead", () => ForAWhileAsync("clock 3600", "clock 0")),
        ("every message twice", () => ForAWhileAsync("twice on", "twice off")),
        ("every tenth send fails", () => ForAWhileAsync("fail-sends 0.1", "fail-sends 0")),
    ];

    private Task SomeMomentAsync() => Task.Delay(TimeSpan.FromMilliseconds(_random.Next(100, 2_000)));

    private async Task KillHostAsync()
    {
        await SomeMomentAsync();
        await app.KillAndRestartAsync();
    }

    // The process is restarted automatically.
    private async Task KillAsync(string order)
    {
        await SomeMomentAsync();
        await app.OrderAsync(order);
        await Task.Delay(Pause);
    }

    private async Task KillWorkerTwiceAsync()
    {
        await KillAsync("worker kill");
        await KillAsync("worker kill");
    }

    private async Task ForAWhileAsync(string begin, string end)
    {
        await app.OrderAsync(begin);
        await Task.Delay(Lasts);
        await app.OrderAsync(end);
    }

    // The store is frozen for half of the time.
    private async Task SlowAsync(string account)
    {
        for (var slow = Stopwatch.StartNew(); slow.Elapsed < Lasts;)
        {
            await app.OrderAsync($"{account} freeze");
            await Task.Delay(FreezeTime);
            await app.OrderAsync($"{account} thaw");
            await Task.Delay(FreezeTime);
        }
    }
}
