using System.Collections.Concurrent;

namespace EReferrals.Overload;

/// <summary>
/// One token bucket for each key, in the memory of this instance. Keys beyond <paramref name="most"/> share one bucket, so that callers with many keys fill
/// neither the memory nor the processor.
/// </summary>
internal sealed class TokenBuckets(int most, TimeProvider clock)
{
    private const string Others = "";

    private static readonly TimeSpan BetweenDrops = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private long _droppedAt;

    public int Count => _buckets.Count;

    /// <summary>Takes one token.</summary>
    public RateVerdict Take(string key, RateShare share, int limit)
    {
        if (!_buckets.TryGetValue(key, out var bucket)) bucket = Add(key, share);
        return bucket.Take(share, limit, clock);
    }

    private Bucket Add(string key, RateShare share)
    {
        if (_buckets.Count >= most) DropFull(share);
        return _buckets.GetOrAdd(_buckets.Count >= most ? Others : key, _ => new Bucket(share.Burst, clock.GetTimestamp()));
    }

    // A full bucket is equivalent to a new one.
    private void DropFull(RateShare share)
    {
        var last = Interlocked.Read(ref _droppedAt);
        if (last != 0 && clock.GetElapsedTime(last) < BetweenDrops) return;
        if (Interlocked.CompareExchange(ref _droppedAt, clock.GetTimestamp(), last) != last) return;
        foreach (var (key, bucket) in _buckets)
        {
            if (bucket.IsFull(share, clock)) _buckets.TryRemove(new KeyValuePair<string, Bucket>(key, bucket));
        }
    }

    private sealed class Bucket(double tokens, long filledAt)
    {
        private readonly Lock _lock = new();
        private double _tokens = tokens;
        private long _filledAt = filledAt;

        public RateVerdict Take(RateShare share, int limit, TimeProvider clock)
        {
            lock (_lock)
            {
                Fill(share, clock);
                var isAllowed = _tokens >= 1;
                if (isAllowed) _tokens--;
                var next = TimeSpan.FromSeconds(Math.Max(0, 1 - _tokens) / share.RequestsPerSecond);
                var full = TimeSpan.FromSeconds((share.Burst - _tokens) / share.RequestsPerSecond);
                return new RateVerdict(isAllowed, limit, (int)_tokens, next, full);
            }
        }

        public bool IsFull(RateShare share, TimeProvider clock)
        {
            lock (_lock)
            {
                Fill(share, clock);
                return _tokens >= share.Burst;
            }
        }

        private void Fill(RateShare share, TimeProvider clock)
        {
            var now = clock.GetTimestamp();
            var elapsed = clock.GetElapsedTime(_filledAt, now).TotalSeconds;
            _filledAt = now;
            _tokens = Math.Min(share.Burst, _tokens + (Math.Max(0, elapsed) * share.RequestsPerSecond));
        }
    }
}
