namespace EReferrals.Messaging;

/// <summary>How much waits on a queue. A null could not be found out; nor has an empty queue an oldest message.</summary>
public sealed record QueueDepth(string Name, long? Active, double? OldestAgeSeconds, long? DeadLetters);
