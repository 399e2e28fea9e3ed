namespace EReferrals.Tests.Capacity;

/// <param name="Source">Where the number is from: published, the load model, measured, or assumed until somebody measures it.</param>
internal sealed record Assumption(string Name, decimal Value, string Unit, string Source)
{
    public static implicit operator decimal(Assumption assumption) => assumption.Value;
}
