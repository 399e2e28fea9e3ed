using System.Diagnostics;

namespace EReferrals.Soak;

/// <summary>What is done to the system, one thing after another in an order that the seed decides, with a breath between them.</summary>
internal sealed class Disturbances(DisturbedApp app, SoakReport report, int seed)
{
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Breath = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(60);

    private readonly Random _random = new(seed);

    public async Task RunAsync(TimeSpan time)
    {
        var all = Kinds();
        var clock = Stopwatch.StartNew();
        await Task.Delay(Breath);
        report.Remember("memory at first", app.Memory);
        while (clock.Elapsed < time)
        {
            foreach (var (name, disturb) in all.OrderBy(_ => _random.Next()).TakeWhile(_ => clock.Elapsed < time))
            {
                Console.WriteLine($"{clock.Elapsed:mm\\:ss} {name}");
                await disturb();
                report.Disturbed(name);
                await Task.Delay(Breath);
            }
        }

        report.Remember("memory at last", app.Memory);
    }

    private (string Name, Func<Task> Disturb)[] Kinds() =>
    [
        ("app killed", KillAsync),
        ("app killed soon after its start", KillAsync),
        ("records store stopped", () => ForAWhileAsync("records stop", "records start")),
        ("records store frozen", () => ForAWhileAsync("records freeze", "records thaw")),
        ("records store slow", () => SlowAsync("records")),
        ("contingency store stopped", () => ForAWhileAsync("contingency stop", "contingency start")),
        ("contingency store frozen", () => ForAWhileAsync("contingency freeze", "contingency thaw")),
        ("both stores slow", () => Task.WhenAll(SlowAsync("records"), SlowAsync("contingency"))),
        ("broker's file full", () => ForAWhileAsync("broker-file full", "broker-file free")),
        ("clock an hour ahead", () => ForAWhileAsync("clock 3600", "clock 0")),
        ("every message twice", () => ForAWhileAsync("twice on", "twice off")),
        ("every tenth send fails", () => ForAWhileAsync("fail-sends 0.1", "fail-sends 0")),
    ];

    private async Task KillAsync()
    {
        await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(100, 2_000)));
        await app.KillAndRestartAsync();
    }

    private async Task ForAWhileAsync(string begin, string end)
    {
        await app.OrderAsync(begin);
        await Task.Delay(Lasts);
        await app.OrderAsync(end);
    }

    // Half of the time it stands still.
    private async Task SlowAsync(string account)
    {
        for (var slow = Stopwatch.StartNew(); slow.Elapsed < Lasts;)
        {
            await app.OrderAsync($"{account} freeze");
            await Task.Delay(Blink);
            await app.OrderAsync($"{account} thaw");
            await Task.Delay(Blink);
        }
    }
}
