using EReferrals.Referrals.Retention;
using EReferrals.Storage.Retention;

namespace EReferrals.Retention.Sweeping;

/// <summary>
/// Deletes idempotency keys that no repeat can use any more. While a submission waits in quarantine it only counts them: the submission may be a repeat, and
/// without the key its replay would become a second referral.
/// </summary>
internal sealed class KeySweep(ExpiredKeys keys, Settings settings) : ISweep
{
    private const int KeysAtOnce = 200;
    private const int Parallel = 8;

    public SweepPart Part => SweepPart.Keys;

    public async Task<SweepStep> StepAsync(string? place, SweepContext context, CancellationToken cancellationToken)
    {
        var page = await keys.PageAsync(context.Now - settings.Retention[RetentionKind.IdempotencyKeys], place, KeysAtOnce, cancellationToken);
        var deletes = context.Deletes && context.LastSubmission is null;
        if (deletes)
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
            await System.Threading.Tasks.Parallel.ForEachAsync(page.Keys, options, async (key, token) => await keys.DeleteAsync(key, token));
        }

        return new SweepStep(page.Next, [.. page.Keys.Select(key => new SweepFinding(RetentionKind.IdempotencyKeys, key.Organisation, deletes))]);
    }
}
