namespace EReferrals.Http;

/// <summary>Spreads out those who were turned away together, so that they do not come back together.</summary>
internal static class Jitter
{
    /// <summary>Up to half as long again.</summary>
    public static TimeSpan Above(TimeSpan least) => least * (1 + (Random.Shared.NextDouble() / 2));

    public static TimeSpan Between(int leastSeconds, int mostSeconds) =>
        TimeSpan.FromSeconds(leastSeconds + (Random.Shared.NextDouble() * (mostSeconds - leastSeconds)));
}
