using EReferrals.Resilience;

namespace EReferrals.Tests.Resilience;

public class SingleFlightTests
{
    private readonly SingleFlight<string, int> _reads = new();

    [Fact]
    public async Task Concurrent_readers_share_one_read()
    {
        var (reads, answer) = (0, new TaskCompletionSource<int>());

        var readers = Enumerable.Range(0, 50).Select(_ => _reads.ReadAsync("list", Read)).ToArray();
        answer.SetResult(7);

        Assert.All(await Task.WhenAll(readers), found => Assert.Equal(7, found));
        Assert.Equal(1, reads);

        Task<int> Read()
        {
            reads++;
            return answer.Task;
        }
    }

    [Fact]
    public async Task A_reader_after_the_end_of_a_read_starts_a_new_one_whether_it_succeeded_or_failed()
    {
        Assert.Equal(1, await _reads.ReadAsync("list", () => Task.FromResult(1)));
        await Assert.ThrowsAsync<TimeoutException>(() => _reads.ReadAsync("list", () => Task.FromException<int>(new TimeoutException())));

        Assert.Equal(3, await _reads.ReadAsync("list", () => Task.FromResult(3)));
    }

    [Fact]
    public async Task Reads_of_different_keys_do_not_wait_for_each_other()
    {
        _ = _reads.ReadAsync("slow", () => new TaskCompletionSource<int>().Task);

        Assert.Equal(2, await _reads.ReadAsync("other", () => Task.FromResult(2)));
    }
}
