using EReferrals.Resilience;

namespace EReferrals.Tests.Resilience;

public class LruCacheTests
{
    private readonly LruCache<int, byte[]> _kept = new(maxBytes: 10_000, value => value.Length);

    [Fact]
    public void Values_that_hold_nothing_are_not_kept_without_end()
    {
        for (var key = 0; key < 1000; key++) _kept.Keep(key, []);

        Assert.Equal(Enumerable.Range(980, 20), Kept(1000));
    }

    [Fact]
    public void What_was_used_last_stays()
    {
        for (var key = 0; key < 5; key++) _kept.Keep(key, new byte[1500]);
        Assert.True(_kept.TryGet(0, out _));

        _kept.Keep(5, new byte[1500]);

        Assert.Equal([0, 2, 3, 4, 5], Kept(6));
    }

    [Fact]
    public void A_value_in_the_place_of_another_counts_once()
    {
        for (var time = 0; time < 100; time++) _kept.Keep(1, new byte[8000]);
        _kept.Keep(2, new byte[1000]);

        Assert.Equal([1, 2], Kept(3));
    }

    private IEnumerable<int> Kept(int keys) => Enumerable.Range(0, keys).Where(key => _kept.TryGet(key, out _));
}
