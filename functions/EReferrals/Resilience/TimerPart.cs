namespace EReferrals.Resilience;

/// <summary>One of the tasks that a timer function runs.</summary>
/// <param name="Name">The name in alerts and logs.</param>
public sealed record TimerPart(string Name, Func<CancellationToken, Task> RunAsync);
