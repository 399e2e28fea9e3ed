namespace EReferrals.Referrals.Values;

/// <summary>Why a letter cannot be opened, and when this was found.</summary>
public sealed record Unreadable(ProblemCode Why, DateTimeOffset Since);
