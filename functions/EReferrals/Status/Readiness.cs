namespace EReferrals.Status;

public sealed record Readiness(bool Ready, DateTimeOffset AsOf, IReadOnlyList<ComponentStatus> Components);
