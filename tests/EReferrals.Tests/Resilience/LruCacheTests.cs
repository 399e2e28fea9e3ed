using EReferrals.Resilience;

namespace EReferrals.Tests.Resilience;

public class LruCacheTests
{
    private readonly LruCache<int, byte[]> _kept = new(maxBytes: 10_000, value => value.Length);

    [Fact]
    public void Empty_values_count_towards_the_limit()
    {
        for (var key = 0; key < 1000; key++) _kept.Keep(key, []);

        Assert.Equal(Enumerable.Range(980, 20), Kept(1000));
    }

    [Fact]
    public void The_most_recently_used_values_are_kept()
    {
        for (var key = 0; key < 5; key++) _kept.Keep(key, new byte[1500]);
        Assert.True(_kept.TryGet(0, out _));

        _kept.Keep(5, new byte[1500]);

        Assert.Equal([0, 2, 3, 4, 5], Kept(6));
    }

    [Fact]
    public void A_replaced_value_counts_once()
    {
        for (var time = 0; time < 100; time++) _kept.Keep(1, new byte[8000]);
        _kept.Keep(2, new byte[1000]);

        Assert.Equal([1, 2], Kept(3));
    }

    private IEnumerable<int> Kept(int keys) => Enumerable.Range(0, keys).Where(key => _kept.TryGet(key, out _));
}
