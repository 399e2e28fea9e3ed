namespace EReferrals.Tests.Policy;

/// <summary>A test that compiles the templates. Skipped unless the build restored the compiler, which it does on Linux.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BicepFactAttribute : FactAttribute
{
    public BicepFactAttribute()
    {
        if (!Bicep.IsThere) Skip = "Needs the Bicep compiler, which is restored for Linux.";
    }
}
