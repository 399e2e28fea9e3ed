using EReferrals.Overload;
using EReferrals.Storage;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests.Overload;

public sealed class InstancesTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly FakeTimeProvider _clock = new(Sample.Now);

    [Fact]
    public async Task Instances_that_answered_a_caller_in_the_last_half_minute_are_counted_and_no_others()
    {
        Instances[] all = [Instance(), Instance(), Instance()];
        var worker = Instance();
        foreach (var each in all) each.Answered();

        await BeatAsync([.. all, worker]);
        await BeatAsync([.. all, worker]);
        Assert.Equal([3, 3, 3, 4], all.Append(worker).Select(each => each.Count));

        _clock.Advance(Instances.Live + TimeSpan.FromSeconds(1));
        all[0].Answered();
        await BeatAsync([.. all, worker]);
        Assert.Equal([1, 2, 2, 2], all.Append(worker).Select(each => each.Count));
    }

    private Instances Instance() =>
        new(shared.App.Services.GetRequiredService<InstanceRows>(), RateLimitTests.SettingsOf(null), _clock, NullLogger<Instances>.Instance);

    private static async Task BeatAsync(Instances[] instances)
    {
        foreach (var each in instances) await each.BeatAsync(default);
    }
}
