namespace EReferrals.Retention.Sweeping;

/// <summary>One part of a pass: a walk in small steps. A step is idempotent: after a stop it is repeated.</summary>
public interface ISweep
{
    SweepPart Part { get; }

    /// <param name="place">Where the previous step ended; null at the start.</param>
    Task<SweepStep> StepAsync(string? place, SweepContext context, CancellationToken cancellationToken);
}
