namespace EReferrals.Tests;

/// <summary>A test that reads <c>/proc</c>. Skipped on other systems than Linux.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "Needs /proc, which only Linux has.";
    }
}
