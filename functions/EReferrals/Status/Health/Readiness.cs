namespace EReferrals.Status.Health;

public sealed record Readiness(bool Ready, DateTimeOffset AsOf, IReadOnlyList<ComponentStatus> Components);
