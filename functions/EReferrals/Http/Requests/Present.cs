namespace EReferrals.Http.Requests;

/// <summary>What time it is, and by how much a caller's clock may differ from ours: what lies that far ahead is not in the future.</summary>
public readonly record struct Present(DateTimeOffset Now, TimeSpan ClocksDiffer)
{
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>When it is measured from another instant of the caller, of the same clock. Null for null.</summary>
    public static Present? At(DateTimeOffset? instant) => instant is { } value ? new(value, TimeSpan.Zero) : null;
}
