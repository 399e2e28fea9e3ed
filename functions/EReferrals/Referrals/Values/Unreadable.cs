namespace EReferrals.Referrals.Values;

/// <summary>Why, and since when it is known that, a letter cannot be opened.</summary>
public sealed record Unreadable(ProblemCode Why, DateTimeOffset Since);
