namespace EReferrals.Overload;

/// <summary>The part of a limit that one of several instances enforces.</summary>
/// <param name="Burst">The number of requests allowed at once.</param>
internal readonly record struct RateShare(double RequestsPerSecond, double Burst)
{
    /// <summary>
    /// What an instance allows at once beyond its part of the burst. The platform does not spread the requests of a caller evenly, so without it a caller
    /// within its limit would often meet an instance that had several of them.
    /// </summary>
    internal const int Slack = 5;

    /// <summary>The share of one of <paramref name="instances"/>. Together they allow the rate, and at once the burst and the slack of each.</summary>
    public static RateShare Of(RateLimitSettings limit, int instances) => instances <= 1
        ? new RateShare(limit.RequestsPerSecond, limit.Burst)
        : new RateShare(limit.RequestsPerSecond / instances, Math.Min(limit.Burst, ((double)limit.Burst / instances) + Slack));
}
