using EReferrals.Intake;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Intake;

/// <summary>Tests an instance that has been running for days.</summary>
public sealed class UbrnAllocatorTests(ClockedApp clocked) : IClassFixture<ClockedApp>
{
    private readonly RunningApp _app = clocked.App;

    [Fact]
    public async Task A_number_issued_by_a_long_running_instance_is_reported_as_queued_for_a_day()
    {
        var numbers = _app.Services.GetRequiredService<UbrnAllocator>();
        var first = await numbers.TakeAsync(default);
        // The allocator checks the age of its range every ten minutes.
        for (var hours = 0; hours < 30; hours++) clocked.Clock.Advance(TimeSpan.FromHours(1));
        await Eventually.TrueAsync(async () => await numbers.MayBeTakenAsync(await numbers.TakeAsync(default), TimeSpan.FromHours(1), default));

        var ubrn = await numbers.TakeAsync(default);
        _app.ForgetTokens();
        clocked.Clock.Advance(TimeSpan.FromHours(23));
        using var queued = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");
        _app.ForgetTokens();
        clocked.Clock.Advance(TimeSpan.FromHours(14));
        using var unknown = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");

        Assert.Equal((202, 404), ((int)queued.StatusCode, (int)unknown.StatusCode));
        Assert.NotEqual(first, ubrn);
    }

    [Fact]
    public async Task No_number_is_issued_twice_while_new_ranges_replace_expired_ones()
    {
        var numbers = _app.Services.GetRequiredService<UbrnAllocator>();
        var taking = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var taken = new List<string>();
            for (var i = 0; i < 4_000; i++)
            {
                if (i % 500 == 0) clocked.Clock.Advance(TimeSpan.FromHours(2));
                taken.Add((await numbers.TakeAsync(default)).ToString());
            }

            return taken;
        }));

        var all = (await Task.WhenAll(taking)).SelectMany(taken => taken).ToList();

        Assert.Equal(all.Count, all.Distinct().Count());
    }
}
