using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Local.Tests.App;

public sealed class TimerFunctions(TimerLog log)
{
    [Function("Seldom")]
    public async Task Seldom([TimerTrigger("0 0 0 29 2 *")] TimerInfo timer)
    {
        log.Enter("Seldom", timer);
        await Task.Yield();
        log.Leave();
    }

    [Function("Hourly")]
    public Task Hourly([TimerTrigger("%HourlySchedule%")] TimerInfo timer) => log.RecordAsync("Hourly", timer);

    [Function("AtStart")]
    public Task AtStart([TimerTrigger("0 0 0 29 2 *", RunOnStartup = true)] TimerInfo timer) => log.RecordAsync("AtStart", timer);

    [Function("BrokenTimer")]
    public static void Broken([TimerTrigger("0 0 0 29 2 *")] TimerInfo timer) => throw new InvalidOperationException("broken");
}
