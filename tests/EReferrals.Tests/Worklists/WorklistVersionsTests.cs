using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using EReferrals.Worklists.Reading;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests.Worklists;

[Collection(Journey.Name)]
public class WorklistVersionsTests(SharedApp shared)
{
    private readonly FakeTimeProvider _clock = new(Sample.Now);

    private WorklistReader Reader => shared.App.Services.GetRequiredService<WorklistReader>();

    private WorklistProjector Projector => shared.App.Services.GetRequiredService<WorklistProjector>();

    [Fact]
    public async Task A_version_is_cached_for_one_second_and_then_read_again()
    {
        var worklist = new WorklistName("Z0011", Worklist.ReferralsForReview);
        var versions = new WorklistVersions(Reader, _clock);
        await versions.HeadAsync(worklist);
        await ChangeAsync(worklist, 1);

        var cached = versions.Known(worklist);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var expired = versions.Known(worklist);
        var current = await versions.HeadAsync(worklist);

        Assert.Equal((0, null, 1), (cached!.Version, expired, current.Version));
    }

    [Fact]
    public async Task A_constantly_polled_list_is_served_without_waiting_and_is_at_most_one_second_old()
    {
        var worklist = new WorklistName("Z0012", Worklist.ReferralsForReview);
        var versions = new WorklistVersions(Reader, _clock);
        await versions.HeadAsync(worklist);

        for (var change = 1; change <= 4; change++)
        {
            await ChangeAsync(worklist, change);
            _clock.Advance(TimeSpan.FromMilliseconds(600));
            Assert.NotNull(versions.Known(worklist));
            // The poll has started a background read, which completes later.
            await Eventually.TrueAsync(() => Task.FromResult(versions.Known(worklist)?.Version == change));
        }
    }

    private async Task ChangeAsync(WorklistName worklist, int sequence)
    {
        var referral = Sample.ReferralAwaitingTriage() with { Ubrn = Ubrn.FromSequence(sequence) };
        await Projector.ApplyAsync(worklist, [new WorklistChange(worklist, referral.Ubrn, referral.Version, WorklistEntry.From(referral))], default);
    }
}
