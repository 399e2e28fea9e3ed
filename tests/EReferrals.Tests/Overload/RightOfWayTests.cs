using EReferrals.Overload;
using EReferrals.Referrals;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Overload;

public sealed class RightOfWayTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task While_many_submissions_wait_for_the_broker_two_messages_are_worked_on_and_the_others_in_their_turn()
    {
        using var telemetry = new Telemetry();
        using var workload = new Workload(telemetry);
        using var acceptance = new RightOfWay(workload);
        var waiting = Enumerable.Range(0, 4).Select(_ => workload.Send()).ToList();
        var ends = Enumerable.Range(0, 5).Select(_ => new TaskCompletionSource()).ToArray();
        var begun = 0;

        var works = ends.Select(end => acceptance.RunAsync(
            () =>
            {
                begun++;
                return end.Task;
            },
            CancellationToken.None)).ToArray();
        var atFirst = begun;
        waiting.ForEach(send => send.Dispose());
        var whenNothingWaits = acceptance.RunAsync(() => Task.CompletedTask, CancellationToken.None);
        foreach (var end in ends) end.SetResult();
        await Task.WhenAll(works);

        Assert.Equal(2, atFirst);
        Assert.True(whenNothingWaits.IsCompletedSuccessfully);
        Assert.Equal(5, begun);
    }

    [Fact]
    public async Task Work_that_fails_gives_its_turn_back()
    {
        using var telemetry = new Telemetry();
        using var workload = new Workload(telemetry);
        using var acceptance = new RightOfWay(workload);
        foreach (var _ in Enumerable.Range(0, 4)) workload.Send();

        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => acceptance.RunAsync(() => throw new TimeoutException(), CancellationToken.None));
        }

        await acceptance.RunAsync(() => Task.CompletedTask, CancellationToken.None);
    }

    [Fact]
    public async Task A_flood_of_submissions_does_not_keep_a_referral_from_its_worklist()
    {
        var workload = _app.Services.GetRequiredService<Workload>();
        var flood = Enumerable.Range(0, 50).Select(_ => workload.Send()).ToList();

        // A suspected cancer: for three seconds nothing makes it wait.
        var ubrn = await _app.SubmitAsync(Some.ReferringClinician, JourneySteps.Submission("TWO_WEEK_WAIT"));

        await Eventually.TrueAsync(async () => (await _app.ListedAsync(Some.ProviderClinician, Worklist.ReferralsForReview)).Contains(ubrn));
        flood.ForEach(send => send.Dispose());
    }
}
