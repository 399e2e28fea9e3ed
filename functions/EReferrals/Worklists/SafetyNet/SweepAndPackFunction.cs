using EReferrals.Contingency.PackReads;
using EReferrals.Contingency.Packs;
using EReferrals.Resilience;
using EReferrals.Retention.Sweeping;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Worklists.SafetyNet;

/// <summary>
/// Every five minutes: sweeps the worklists, which is often enough for deadlines of a day or more, and at every third run builds the packs. The
/// sweeper deletes what is no longer kept, and the reads of packs by links become entries of the audit trail. The platform runs a timer on one instance;
/// two concurrent runs would do no harm.
/// </summary>
public sealed class SweepAndPackFunction(SafetyNetSweep sweep, PackBuilder packs, Sweeper sweeper, PackReadRecorder reads, TimerParts parts)
{
    // The platform kills a run after five minutes (host.json, functionTimeout), with all its parts.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4.5);

    [Function(nameof(SweepAndPackFunction))]
    public Task SweepAndPackAsync([TimerTrigger("15 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => parts.RunAsync(
        Limit,
        cancellationToken,
        new TimerPart("SafetyNet", sweep.SweepAsync),
        new TimerPart("BuildPacks", packs.BuildWhenDueAsync),
        new TimerPart("DeleteExpired", sweeper.SweepAsync),
        new TimerPart(PackReadRecorder.Part, reads.RecordAsync));
}
