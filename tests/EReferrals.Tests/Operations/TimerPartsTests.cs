using EReferrals.Resilience;
using Microsoft.Extensions.Logging.Abstractions;

namespace EReferrals.Tests.Operations;

/// <summary>No part of a timer delays or stops another, and every failure is reported.</summary>
public sealed class TimerPartsTests
{
    private readonly MovingClock _clock = new();

    [Fact]
    public async Task A_part_that_throws_stops_no_other_and_the_run_fails_with_its_name()
    {
        var others = 0;

        var failed = await Assert.ThrowsAsync<TimerPartsFailedException>(() => RunAsync(
            Counted(),
            new TimerPart("Broken", _ => throw new InvalidDataException("broken")),
            new TimerPart("Late", _ => Task.FromException(new IOException())),
            Counted()));

        Assert.Equal(2, others);
        Assert.Equal(["Broken", "Late"], failed.Names);
        Assert.IsType<InvalidDataException>(((AggregateException)failed.InnerException!).InnerExceptions[0]);

        TimerPart Counted() => new("Fine", _ =>
        {
            Interlocked.Increment(ref others);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task A_part_that_hangs_and_ignores_its_token_is_abandoned_after_the_others_have_completed()
    {
        var isDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = RunAsync(
            new TimerPart("Hanging", _ => new TaskCompletionSource().Task),
            new TimerPart("Fine", _ =>
            {
                isDone.SetResult();
                return Task.CompletedTask;
            }));

        await isDone.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(run.IsCompleted);
        _clock.Advance(TimerParts.WithinAMinute + TimeSpan.FromSeconds(5));
        var failed = await Assert.ThrowsAsync<TimerPartsFailedException>(() => run.WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Contains("Hanging", failed.Names);
    }

    [Fact]
    public async Task A_part_is_cancelled_at_the_limit()
    {
        var hasBegun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = RunAsync(new TimerPart("Slow", async token =>
        {
            hasBegun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
        }));

        await hasBegun.Task.WaitAsync(TimeSpan.FromSeconds(30));
        _clock.Advance(TimerParts.WithinAMinute);
        var failed = await Assert.ThrowsAsync<TimerPartsFailedException>(() => run.WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Equal(["Slow"], failed.Names);
    }

    [Fact]
    public async Task A_part_that_blocks_its_thread_does_not_delay_another()
    {
        using var other = new ManualResetEventSlim();

        await RunAsync(
            new TimerPart("Blocking", token => other.Wait(TimeSpan.FromSeconds(30), token) ? Task.CompletedTask : throw new TimeoutException()),
            new TimerPart("Other", _ =>
            {
                other.Set();
                return Task.CompletedTask;
            }));
    }

    [Fact]
    public async Task A_run_that_the_platform_cancels_is_not_a_failure()
    {
        using var platform = new CancellationTokenSource();
        var run = new TimerParts(_clock, NullLogger<TimerParts>.Instance).RunAsync(
            TimerParts.WithinAMinute, platform.Token, new TimerPart("Stopped", token => Task.Delay(Timeout.InfiniteTimeSpan, token)));

        await platform.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void A_run_within_a_minute_ends_before_the_next_is_due() => Assert.True(TimerParts.WithinAMinute < TimeSpan.FromSeconds(55));

    private Task RunAsync(params TimerPart[] parts) =>
        new TimerParts(_clock, NullLogger<TimerParts>.Instance).RunAsync(TimerParts.WithinAMinute, CancellationToken.None, parts);
}
