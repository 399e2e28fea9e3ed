namespace EReferrals.Messaging.Monitoring;

/// <summary>How many messages wait on a queue. A null value is unknown; <c>OldestAgeSeconds</c> is also null for an empty queue.</summary>
public sealed record QueueDepth(string Name, long? Active, double? OldestAgeSeconds, long? DeadLetters);
