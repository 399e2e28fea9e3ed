using EReferrals.Referrals.Values;
using EReferrals.Status.Canary;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Status;

public sealed class CanaryHistoryTests
{
    private static readonly IReadOnlyDictionary<Ubrn, TimeSpan> NoneLate = new Dictionary<Ubrn, TimeSpan>();

    [Fact]
    public void The_history_covers_one_day_and_keeps_the_last_arrival() => Prop.ForAll(
        ArbMap.Default.ArbFor<(ushort Minutes, NonNegativeInt? Took)[]>(),
        steps =>
        {
            var history = CanaryHistory.Empty;
            var now = Sample.Now;
            DateTimeOffset? seen = null;
            foreach (var (minutes, took) in steps)
            {
                now = now.AddMinutes((minutes % 200) + 1);
                history = history.With(new CanaryRun(SampleAt(now, took?.Get), NoneLate));
                if (took is not null) seen = now;
            }

            return history.LastSeen == seen
                && history.Samples.All(sample => now - sample.At <= CanaryHistory.Kept)
                && history.Samples.SequenceEqual(history.Samples.OrderBy(sample => sample.At));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_run_written_twice_counts_once()
    {
        var run = new CanaryRun(SampleAt(Sample.Now, 300), NoneLate);

        var history = CanaryHistory.Empty.With(run).With(run);

        Assert.Single(history.Samples);
    }

    [Fact]
    public void A_late_canary_counts_once_when_it_is_found()
    {
        var ubrn = Ubrn.FromSequence(7);
        var late = new Dictionary<Ubrn, TimeSpan> { [ubrn] = TimeSpan.FromSeconds(65) };
        var waiting = CanaryHistory.Empty.With(new CanaryRun(SampleAt(Sample.Now, null) with { Awaited = ubrn }, NoneLate));

        var found = waiting.With(new CanaryRun(SampleAt(Sample.Now.AddMinutes(1), null), late));
        var foundAgain = found.With(new CanaryRun(SampleAt(Sample.Now.AddMinutes(2), null), late));

        Assert.Equal((65_000, Sample.Now.AddMinutes(1)), (found.Samples[0].Milliseconds, found.LastSeen));
        Assert.Equal(Sample.Now.AddMinutes(1), foundAgain.LastSeen);
    }

    [Fact]
    public void The_p95_is_the_longest_of_the_fastest_95_percent()
    {
        var history = Enumerable.Range(1, 20).Aggregate(
            CanaryHistory.Empty, (known, minute) => known.With(new CanaryRun(SampleAt(Sample.Now.AddMinutes(minute), minute * 100), NoneLate)));

        Assert.Equal(1_900, history.P95(Sample.Now.AddMinutes(20)));
        Assert.Null(history.P95(Sample.Now.AddHours(3)));
    }

    [Theory]
    [InlineData(299, 10, CanaryState.Arriving)]
    [InlineData(301, 10, CanaryState.Missing)]
    [InlineData(30, 121, CanaryState.Unknown)]
    [InlineData(900, 900, CanaryState.Unknown)]
    public void A_canary_is_missing_after_five_minutes_if_its_record_was_read_recently(int seenSecondsAgo, int readSecondsAgo, CanaryState expected)
    {
        var history = CanaryHistory.Empty.With(new CanaryRun(SampleAt(Sample.Now.AddSeconds(-seenSecondsAgo), 300), NoneLate));

        Assert.Equal(expected, CanaryStatus.From(history, Sample.Now.AddSeconds(-readSecondsAgo), Sample.Now.AddDays(-1), Sample.Now).State);
    }

    [Theory]
    [InlineData(299, CanaryState.Starting)]
    [InlineData(301, CanaryState.Missing)]
    public void The_first_canary_has_five_minutes_from_the_start(int startedSecondsAgo, CanaryState expected) =>
        Assert.Equal(expected, CanaryStatus.From(CanaryHistory.Empty, Sample.Now, Sample.Now.AddSeconds(-startedSecondsAgo), Sample.Now).State);

    [Fact]
    public void A_canary_that_takes_more_than_a_minute_is_slow()
    {
        var history = CanaryHistory.Empty.With(new CanaryRun(SampleAt(Sample.Now, 60_001), NoneLate));

        Assert.Equal(CanaryState.Slow, CanaryStatus.From(history, Sample.Now, Sample.Now, Sample.Now).State);
    }

    private static CanarySample SampleAt(DateTimeOffset at, double? milliseconds) => new(at, milliseconds, Waiting: 0, OldestSeconds: null);
}
