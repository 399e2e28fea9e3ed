using EReferrals.Status;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests.Status;

public sealed class SharedAnswerTests
{
    private readonly FakeTimeProvider _clock = new(Sample.Now);
    private readonly List<TaskCompletionSource<string>> _asked = [];
    private readonly SharedResult<string> _answer;

    public SharedAnswerTests() => _answer = new SharedResult<string>(TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(100), _clock, () =>
    {
        var work = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_asked) _asked.Add(work);
        return work.Task;
    });

    [Fact]
    public async Task Concurrent_questions_share_one_answer()
    {
        var both = Task.WhenAll(_answer.GetAsync(), _answer.GetAsync());
        (await AskedAsync(1)).SetResult("first");

        Assert.Equal(["first", "first"], await both);
        Assert.Equal("first", await _answer.GetAsync());
        Assert.Single(_asked);
    }

    [Fact]
    public async Task Only_the_very_first_question_waits_for_work_that_hangs()
    {
        var first = _answer.GetAsync();
        (await AskedAsync(1)).SetResult("first");
        await first;

        _clock.Advance(TimeSpan.FromSeconds(3));
        var second = _answer.GetAsync();
        await AskedAsync(2);
        await AdvanceUntilAsync(second);

        Assert.Equal("first", await second);
    }

    [Fact]
    public async Task The_last_answer_is_kept_after_a_failure_and_the_work_is_retried()
    {
        var first = _answer.GetAsync();
        (await AskedAsync(1)).SetResult("first");
        await first;

        _clock.Advance(TimeSpan.FromSeconds(3));
        var second = _answer.GetAsync();
        (await AskedAsync(2)).SetException(new IOException());
        Assert.Equal("first", await second);
        var third = _answer.GetAsync();
        (await AskedAsync(3)).SetResult("third");

        Assert.Equal("third", await third);
    }

    private async Task<TaskCompletionSource<string>> AskedAsync(int times)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            lock (_asked)
            {
                if (_asked.Count >= times) return _asked[times - 1];
            }

            await Task.Delay(1, limit.Token);
        }
    }

    // The delay may start after the clock was advanced, so that one advance is not enough.
    private async Task AdvanceUntilAsync(Task task)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!task.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, limit.Token);
        }
    }
}
