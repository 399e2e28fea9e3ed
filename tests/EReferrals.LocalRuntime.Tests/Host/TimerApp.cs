using Microsoft.Azure.Functions.Worker;

namespace EReferrals.LocalRuntime.Tests.Host.TimerApp;

public sealed class TimerLog
{
    public int Runs { get; set; }
}

public sealed class TimerFunctions(TimerLog log)
{
    // Once in a while: these tests do not wait for it.
    [Function("Seldom")]
    public void Seldom([TimerTrigger("0 0 0 29 2 *")] TimerInfo timer) => log.Runs++;

    [Function("Broken")]
    public static void Broken([TimerTrigger("0 0 0 29 2 *")] TimerInfo timer) => throw new InvalidOperationException("broken");
}
