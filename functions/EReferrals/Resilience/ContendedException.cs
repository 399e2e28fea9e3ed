namespace EReferrals.Resilience;

/// <summary>Optimistic concurrency failed in every attempt, because other writers changed the same entity. The request is valid; retry it later.</summary>
public sealed class ContendedException(Exception inner) : Exception("Every attempt lost the race against another writer of the same entity.", inner);
