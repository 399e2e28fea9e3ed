namespace EReferrals.Tests.Policy;

/// <summary>A theory that compiles the templates, like <see cref="BicepFactAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BicepTheoryAttribute : TheoryAttribute
{
    public BicepTheoryAttribute()
    {
        if (!Bicep.IsThere) Skip = "Needs the Bicep compiler, which is restored for Linux.";
    }
}
