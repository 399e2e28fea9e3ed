using EReferrals.Overload;
using EReferrals.Referrals.Lists;
using EReferrals.Telemetry;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests.Overload;

public sealed class ProcessingThrottleTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task Messages_are_processed_one_at_a_time_while_submissions_queue_up_and_the_processor_is_busy()
    {
        using var flood = new WaitingSubmissions(isProcessorBusy: true);
        var ends = Enumerable.Range(0, 5).Select(_ => new TaskCompletionSource()).ToArray();
        var begun = 0;

        var works = ends.Select(end => flood.Acceptance.ProcessAsync(
            () =>
            {
                begun++;
                return end.Task;
            },
            CancellationToken.None)).ToArray();
        var atFirst = begun;
        flood.SendAll();
        flood.Pass(TimeSpan.FromSeconds(1));
        var whenNothingWaits = flood.Acceptance.ProcessAsync(() => Task.CompletedTask, CancellationToken.None);
        foreach (var end in ends) end.SetResult();
        await Task.WhenAll(works);

        Assert.Equal(1, atFirst);
        Assert.True(whenNothingWaits.IsCompletedSuccessfully);
        Assert.Equal(5, begun);
    }

    [Fact]
    public void Submissions_that_wait_for_a_slow_broker_do_not_delay_messages()
    {
        using var flood = new WaitingSubmissions(isProcessorBusy: false);
        var begun = 0;

        for (var i = 0; i < 5; i++)
        {
            _ = flood.Acceptance.ProcessAsync(
                () =>
                {
                    begun++;
                    return new TaskCompletionSource().Task;
                },
                CancellationToken.None);
        }

        Assert.Equal(5, begun);
    }

    [Fact]
    public async Task A_short_gap_in_the_load_does_not_start_a_second_message()
    {
        using var flood = new WaitingSubmissions(isProcessorBusy: true);
        var end = new TaskCompletionSource();
        var begun = 0;

        var first = flood.Acceptance.ProcessAsync(() => WorkAsync(end.Task), CancellationToken.None);
        flood.SendAll();
        flood.Pass(TimeSpan.FromMilliseconds(400));
        var second = flood.Acceptance.ProcessAsync(() => WorkAsync(Task.CompletedTask), CancellationToken.None);
        var inTheGap = begun;
        end.SetResult();
        flood.Pass(TimeSpan.FromMilliseconds(50));
        await Task.WhenAll(first, second);

        Assert.Equal((1, 2), (inTheGap, begun));

        Task WorkAsync(Task work)
        {
            begun++;
            return work;
        }
    }

    [Fact]
    public async Task During_a_flood_the_next_message_waits_twice_as_long_as_the_one_before_it_took()
    {
        using var flood = new WaitingSubmissions(isProcessorBusy: true);
        var end = new TaskCompletionSource();
        var isBegun = false;

        var first = flood.Acceptance.ProcessAsync(() => end.Task, CancellationToken.None);
        flood.Pass(TimeSpan.FromMilliseconds(10));
        end.SetResult();
        var second = flood.Acceptance.ProcessAsync(
            () =>
            {
                isBegun = true;
                return Task.CompletedTask;
            },
            CancellationToken.None);
        flood.Pass(TimeSpan.FromMilliseconds(19));
        var isEarly = isBegun;
        flood.Pass(TimeSpan.FromMilliseconds(1));
        await Task.WhenAll(first, second);

        Assert.Equal((false, true), (isEarly, isBegun));
    }

    [Fact]
    public async Task A_message_proceeds_without_a_slot_after_the_time_limit()
    {
        using var flood = new WaitingSubmissions(isProcessorBusy: true);
        var hangs = new TaskCompletionSource();
        var holder = flood.Acceptance.ProcessAsync(() => hangs.Task, CancellationToken.None);
        var isDone = false;

        await flood.Acceptance.ProcessAsync(
            () =>
            {
                isDone = true;
                return Task.CompletedTask;
            },
            CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal((true, false), (isDone, holder.IsCompleted));
        hangs.SetResult();
        await holder;
    }

    [Fact]
    public async Task A_failed_message_releases_its_slot()
    {
        using var flood = new WaitingSubmissions(isProcessorBusy: true);

        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => flood.Acceptance.ProcessAsync(() => throw new TimeoutException(), CancellationToken.None));
        }

        await flood.Acceptance.ProcessAsync(() => Task.CompletedTask, CancellationToken.None);
    }

    [Fact]
    public async Task A_referral_reaches_its_worklist_during_a_flood_of_submissions()
    {
        var workload = _app.Services.GetRequiredService<Workload>();
        var flood = Enumerable.Range(0, 50).Select(_ => workload.Send()).ToList();

        // A suspected cancer referral is not delayed for its first three seconds.
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, JourneySteps.Submission("TWO_WEEK_WAIT"));

        await Eventually.TrueAsync(async () => (await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview)).Contains(ubrn));
        flood.ForEach(send => send.Dispose());
    }

    // Enough submissions wait for the broker to activate the throttle.
    private sealed class WaitingSubmissions : IDisposable
    {
        private readonly ServiceTelemetry _telemetry = new();
        private readonly Workload _workload;
        private readonly List<IDisposable> _waiting;
        private readonly FakeTimeProvider _clock = new();

        public WaitingSubmissions(bool isProcessorBusy)
        {
            _workload = new Workload(_telemetry);
            _waiting = [.. Enumerable.Range(0, 4).Select(_ => _workload.Send())];
            Acceptance = new ProcessingThrottle(_workload, () => ValueTask.FromResult(isProcessorBusy), _clock);
        }

        public ProcessingThrottle Acceptance { get; }

        public void SendAll() => _waiting.ForEach(send => send.Dispose());

        public void Pass(TimeSpan time) => _clock.Advance(time);

        public void Dispose()
        {
            Acceptance.Dispose();
            _workload.Dispose();
            _telemetry.Dispose();
        }
    }
}
