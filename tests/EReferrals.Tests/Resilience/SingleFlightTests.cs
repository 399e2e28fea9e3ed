using EReferrals.Resilience;

namespace EReferrals.Tests.Resilience;

public class SingleFlightTests
{
    private readonly SingleFlight<string, int> _reads = new();

    [Fact]
    public async Task All_who_ask_while_a_read_runs_get_its_answer()
    {
        var (reads, answer) = (0, new TaskCompletionSource<int>());

        var asked = Enumerable.Range(0, 50).Select(_ => _reads.ReadAsync("list", Read)).ToArray();
        answer.SetResult(7);

        Assert.All(await Task.WhenAll(asked), found => Assert.Equal(7, found));
        Assert.Equal(1, reads);

        Task<int> Read()
        {
            reads++;
            return answer.Task;
        }
    }

    [Fact]
    public async Task Whoever_asks_after_a_read_has_ended_well_or_badly_reads_again()
    {
        Assert.Equal(1, await _reads.ReadAsync("list", () => Task.FromResult(1)));
        await Assert.ThrowsAsync<TimeoutException>(() => _reads.ReadAsync("list", () => Task.FromException<int>(new TimeoutException())));

        Assert.Equal(3, await _reads.ReadAsync("list", () => Task.FromResult(3)));
    }

    [Fact]
    public async Task Different_questions_do_not_wait_for_each_other()
    {
        _ = _reads.ReadAsync("slow", () => new TaskCompletionSource<int>().Task);

        Assert.Equal(2, await _reads.ReadAsync("other", () => Task.FromResult(2)));
    }
}
