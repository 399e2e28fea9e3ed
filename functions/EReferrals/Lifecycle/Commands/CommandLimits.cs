namespace EReferrals.Lifecycle.Commands;

internal static class CommandLimits
{
    /// <summary>UTF-16 code units (e-RS).</summary>
    public const int Comments = 2_000;

    public const int Code = 64;
    public const int Location = 100;
    public const int Letters = 20;
}
