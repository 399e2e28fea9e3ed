namespace EReferrals.Resilience;

/// <summary>The pause of a writer that lost a race for a row and is about to retry.</summary>
internal static class RacePause
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(500);

    /// <summary>At most 10 ms after the first try, doubling with each try to at most 500 ms.</summary>
    public static TimeSpan After(int tries)
    {
        var longest = Math.Min(Longest.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, tries - 1));
        // A random part of it, so that writers that lost the same race do not retry at the same moment.
        return TimeSpan.FromMilliseconds(longest * Random.Shared.NextDouble());
    }
}
