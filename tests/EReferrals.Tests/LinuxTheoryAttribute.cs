namespace EReferrals.Tests;

/// <summary>A theory that reads <c>/proc</c>. Skipped on other systems than Linux.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "Needs /proc, which only Linux has.";
    }
}
