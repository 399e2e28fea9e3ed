namespace EReferrals.Lifecycle;

internal static class CommandLimits
{
    /// <summary>UTF-16 code units (e-RS).</summary>
    public const int Comments = 2_000;
}
