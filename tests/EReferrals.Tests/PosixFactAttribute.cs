namespace EReferrals.Tests;

/// <summary>A test that needs a POSIX shell or POSIX signals.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PosixFactAttribute : FactAttribute
{
    public PosixFactAttribute()
    {
        if (OperatingSystem.IsWindows()) Skip = "Needs a POSIX shell and signals, which Windows does not have.";
    }
}
