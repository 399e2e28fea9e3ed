namespace EReferrals.Overload;

/// <summary>The rate limit of each caller and organisation. Each instance enforces its share in memory, without a storage call.</summary>
public sealed class RateLimits
{
    private const int MostCallers = 10_000;

    private readonly Settings _settings;
    private readonly Func<int> _instances;
    private readonly TokenBuckets _buckets;

    public RateLimits(Settings settings, Instances instances, TimeProvider clock) : this(settings, () => instances.Count, clock)
    {
    }

    internal RateLimits(Settings settings, Func<int> instances, TimeProvider clock) =>
        (_settings, _instances, _buckets) = (settings, instances, new TokenBuckets(MostCallers, clock));

    /// <summary>Takes one token; null when no limit is configured.</summary>
    /// <param name="caller">The user and the organisation that the token proves, never one that is only claimed.</param>
    internal RateVerdict? Take(string caller) =>
        _settings.RateLimit is { } limit ? _buckets.Take(caller, RateShare.Of(limit, _instances()), limit.Burst) : null;
}
