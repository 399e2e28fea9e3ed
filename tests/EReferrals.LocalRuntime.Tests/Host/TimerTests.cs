using EReferrals.LocalRuntime.Tests.Host.TimerApp;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.LocalRuntime.Tests.Host;

public sealed class TimerTests
{
    [Fact]
    public async Task A_timer_function_can_be_run_now()
    {
        var log = new TimerLog();
        await using var host = await TestHost.StartAsync("TimerApp", builder => builder.Services.AddSingleton(log));

        await host.Control.RunTimerAsync("Seldom");
        await host.Control.RunTimerAsync("Seldom");

        Assert.Equal(2, log.Runs);
    }

    [Fact]
    public async Task A_timer_function_that_is_run_now_tells_how_it_failed()
    {
        await using var host = await TestHost.StartAsync("TimerApp", builder => builder.Services.AddSingleton(new TimerLog()));

        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Control.RunTimerAsync("Broken"));
        await Assert.ThrowsAsync<ArgumentException>(() => host.Control.RunTimerAsync("Absent"));
    }
}
