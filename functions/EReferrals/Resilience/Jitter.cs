namespace EReferrals.Resilience;

/// <summary>Random delays for <c>Retry-After</c>, so that callers refused at the same time do not all retry at the same time.</summary>
internal static class Jitter
{
    /// <summary>A random delay from <paramref name="least"/> to one and a half times <paramref name="least"/>.</summary>
    public static TimeSpan Above(TimeSpan least) => least * (1 + (Random.Shared.NextDouble() / 2));

    public static TimeSpan Between(int leastSeconds, int mostSeconds) =>
        TimeSpan.FromSeconds(leastSeconds + (Random.Shared.NextDouble() * (mostSeconds - leastSeconds)));
}
