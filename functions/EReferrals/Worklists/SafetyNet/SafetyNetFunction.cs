using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Worklists.SafetyNet;

/// <summary>Sweeps every five minutes, which is often enough for deadlines of a day or more.</summary>
public sealed class SafetyNetFunction(SafetyNetSweep sweep)
{
    [Function(nameof(SafetyNetFunction))]
    public Task SweepAsync([TimerTrigger("15 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => sweep.SweepAsync(cancellationToken);
}
