using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Storage;

[Collection(Journey.Name)]
public class WorklistProjectorTests(SharedApp shared)
{
    private WorklistReader Reader => shared.App.Services.GetRequiredService<WorklistReader>();

    private WorklistProjector Projector => shared.App.Services.GetRequiredService<WorklistProjector>();

    [Fact]
    public async Task A_repeated_first_version_in_a_batch_changes_nothing_and_does_not_block_the_batch()
    {
        var worklist = new WorklistName("Z0001", Worklist.ReferralsForReview);
        await Projector.ApplyAsync(worklist, [Change(worklist, 1)], default);

        var head = await Projector.ApplyAsync(worklist, [Change(worklist, 1), Change(worklist, 2), Change(worklist, 3)], default);

        var entries = await Reader.EntriesAsync(worklist, WorklistFilter.None, after: null, 10, default);
        Assert.Equal((2, 3, 3), (head.Version, head.Count, entries.Count));
    }

    [Fact]
    public async Task A_batch_of_repeats_only_does_not_advance_the_head()
    {
        var worklist = new WorklistName("Z0002", Worklist.ReferralsForReview);
        var first = await Projector.ApplyAsync(worklist, [Change(worklist, 1), Change(worklist, 2)], default);

        var again = await Projector.ApplyAsync(worklist, [Change(worklist, 2), Change(worklist, 1)], default);

        Assert.Equal(first, again);
    }

    [Fact]
    public async Task A_first_version_that_arrives_after_the_referral_left_the_list_does_not_put_it_back()
    {
        var worklist = new WorklistName("Z0003", Worklist.ReferralsForReview);
        await Projector.ApplyAsync(worklist, [new WorklistChange(worklist, Ubrn.FromSequence(1), Version: 2, Entry: null)], default);

        var head = await Projector.ApplyAsync(worklist, [Change(worklist, 1)], default);

        Assert.Equal(new WorklistHead(1, 0), head);
    }

    private static WorklistChange Change(WorklistName worklist, long sequence)
    {
        var referral = Sample.ReferralAwaitingTriage() with { Ubrn = Ubrn.FromSequence(sequence) };
        return new WorklistChange(worklist, referral.Ubrn, referral.Version, WorklistEntry.From(referral));
    }
}
