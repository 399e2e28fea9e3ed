using System.Collections.Concurrent;

namespace EReferrals.Overload;

/// <summary>One token bucket for each caller and organisation, in the memory of this instance.</summary>
public sealed class RateLimits(Settings settings, TimeProvider clock)
{
    private const int MostBuckets = 10_000;

    private readonly ConcurrentDictionary<string, Bucket> _buckets = new();

    /// <summary>Takes one token; null when no limit is configured.</summary>
    internal RateVerdict? Take(string caller)
    {
        if (settings.RateLimit is not { } limit) return null;
        if (_buckets.Count > MostBuckets) DropFull(limit);
        return _buckets.GetOrAdd(caller, _ => new Bucket(limit.Burst, clock.GetTimestamp())).Take(limit, clock);
    }

    // A full bucket is equivalent to a new one.
    private void DropFull(RateLimitSettings limit)
    {
        foreach (var (caller, bucket) in _buckets)
        {
            if (bucket.IsFull(limit, clock)) _buckets.TryRemove(new KeyValuePair<string, Bucket>(caller, bucket));
        }
    }

    private sealed class Bucket(double tokens, long filledAt)
    {
        private readonly Lock _lock = new();
        private double _tokens = tokens;
        private long _filledAt = filledAt;

        public RateVerdict Take(RateLimitSettings limit, TimeProvider clock)
        {
            lock (_lock)
            {
                Fill(limit, clock);
                var isAllowed = _tokens >= 1;
                if (isAllowed) _tokens--;
                var next = TimeSpan.FromSeconds(Math.Max(0, 1 - _tokens) / limit.RequestsPerSecond);
                var full = TimeSpan.FromSeconds((limit.Burst - _tokens) / limit.RequestsPerSecond);
                return new RateVerdict(isAllowed, limit.Burst, (int)_tokens, next, full);
            }
        }

        public bool IsFull(RateLimitSettings limit, TimeProvider clock)
        {
            lock (_lock)
            {
                Fill(limit, clock);
                return _tokens >= limit.Burst;
            }
        }

        private void Fill(RateLimitSettings limit, TimeProvider clock)
        {
            var now = clock.GetTimestamp();
            var elapsed = clock.GetElapsedTime(_filledAt, now).TotalSeconds;
            _filledAt = now;
            _tokens = Math.Min(limit.Burst, _tokens + (Math.Max(0, elapsed) * limit.RequestsPerSecond));
        }
    }
}

/// <param name="Next">The time until the next token.</param>
/// <param name="Full">The time until the bucket is full.</param>
internal readonly record struct RateVerdict(bool IsAllowed, int Limit, int Remaining, TimeSpan Next, TimeSpan Full);
