namespace EReferrals.Tests.Policy;

/// <summary>A test that compiles the templates. The compiler's package for Linux is the one that every feed has.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BicepFactAttribute : FactAttribute
{
    public BicepFactAttribute()
    {
        if (!Bicep.IsThere) Skip = "Needs the Bicep compiler, which is restored for Linux.";
    }
}
