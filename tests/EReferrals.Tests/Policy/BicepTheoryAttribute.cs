namespace EReferrals.Tests.Policy;

/// <summary><see cref="BicepFactAttribute"/> with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BicepTheoryAttribute : TheoryAttribute
{
    public BicepTheoryAttribute()
    {
        if (!Bicep.IsThere) Skip = "Needs the Bicep compiler, which is restored for Linux.";
    }
}
