using System.Diagnostics;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;

namespace EReferrals.Tests.Journeys;

/// <summary>Acceptance while the bus is away, slow or busy: the sender gets an answer in time, and a repeat is the same referral.</summary>
public sealed class BusOutageTests(FreezableApp freezer) : IClassFixture<FreezableApp>
{
    private const int Tries = 3;
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(5);

    private readonly RunningApp _app = freezer.App;

    [Theory]
    [InlineData("frozen")]
    [InlineData("refusing connections")]
    [InlineData("busy")]
    public async Task A_referral_is_refused_within_five_seconds_while_the_bus_is(string state)
    {
        await _app.TokenAsync(Sample.ReferringClinician);
        var key = Guid.NewGuid().ToString();
        var took = new List<TimeSpan>();
        Set(state);
        try
        {
            // A machine that is busy with other tests can stop for a second. It does not do so three times.
            do
            {
                var begun = Stopwatch.GetTimestamp();
                using var refused = await SubmitAsync(key);
                took.Add(Stopwatch.GetElapsedTime(begun));
                await refused.ProblemAsync(503);
                Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
            }
            while (took[^1] > Most && took.Count < Tries);
        }
        finally
        {
            Set("well");
        }

        Assert.InRange(took.Min(), TimeSpan.Zero, Most);
        await ListedOnceAsync(await AcceptedInTheEndAsync(key));
    }

    [Fact]
    public async Task A_referral_is_accepted_at_once_when_the_bus_is_no_longer_busy()
    {
        Set("busy");
        using var refused = await SubmitAsync(Guid.NewGuid().ToString());
        Set("well");

        // The official client would wait ten seconds before this send, which is longer than the service lets a sender wait.
        using var accepted = await SubmitAsync(Guid.NewGuid().ToString());

        Assert.Equal((503, 202), ((int)refused.StatusCode, (int)accepted.StatusCode));
    }

    [Fact]
    public async Task A_referral_whose_connection_to_the_bus_breaks_before_the_acknowledgement_is_sent_again_and_listed_once()
    {
        // The connection is open and in use.
        await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        await _app.Local.PauseTriggersAsync();
        string ubrn;
        try
        {
            freezer.Bus.HoldAnswers();
            var submitting = _app.SubmitAsync(Sample.ReferringClinician);
            await Eventually.TrueAsync(() => Task.FromResult(Available() == 1));
            freezer.Bus.BreakConnections();
            freezer.Bus.Thaw();
            ubrn = await submitting;
            Assert.Equal(1, Available());
        }
        finally
        {
            freezer.Bus.Thaw();
            _app.Local.ResumeTriggers();
        }

        await ListedOnceAsync(ubrn);
    }

    private Task<HttpResponseMessage> SubmitAsync(string key) =>
        _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission(key: key), ("Idempotency-Key", key));

    // A connection that was frozen or broken is replaced by the client within one or two of its tries.
    private async Task<string> AcceptedInTheEndAsync(string key)
    {
        string? ubrn = null;
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await SubmitAsync(key);
            if ((int)answer.StatusCode == 202) ubrn = (string)(await answer.JsonAsync())["ubrn"]!;
            else await answer.ProblemAsync(503);
            return ubrn is not null;
        });
        return ubrn!;
    }

    private async Task ListedOnceAsync(string ubrn)
    {
        await _app.DrainAsync();
        Assert.Single(await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview), ubrn);
        Assert.Single(await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking), ubrn);
    }

    private long Available() => _app.Local.Broker.QueueStatistics(Queues.ReferralSubmitted).Available;

    private void Set(string state)
    {
        _app.Local.Broker.Faults.Busy = state == "busy";
        freezer.Bus.Refuse(state == "refusing connections");
        if (state == "frozen") freezer.Bus.Freeze();
        else freezer.Bus.Thaw();
    }
}
