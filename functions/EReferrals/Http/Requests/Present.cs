namespace EReferrals.Http.Requests;

/// <summary>The current time, and the tolerated difference of the caller's clock: an instant within that tolerance does not count as in the future.</summary>
public readonly record struct Present(DateTimeOffset Now, TimeSpan ClocksDiffer)
{
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>For comparison with another instant of the same caller, so without tolerance for clock differences. Null for null.</summary>
    public static Present? At(DateTimeOffset? instant) => instant is { } value ? new(value, TimeSpan.Zero) : null;
}
