namespace EReferrals.Tests.Capacity;

/// <param name="Source">Origin of the number: published, load model, measured, or assumed until it is measured.</param>
internal sealed record Assumption(string Name, decimal Value, string Unit, string Source)
{
    public static implicit operator decimal(Assumption assumption) => assumption.Value;
}
