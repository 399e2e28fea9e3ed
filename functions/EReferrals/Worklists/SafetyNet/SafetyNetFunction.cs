using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Worklists.SafetyNet;

/// <summary>Every five minutes: against limits of a day or more that is soon enough.</summary>
public sealed class SafetyNetFunction(SafetyNetSweep sweep)
{
    [Function(nameof(SafetyNetFunction))]
    public Task SweepAsync([TimerTrigger("15 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => sweep.SweepAsync(cancellationToken);
}
