using EReferrals.Directory;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Storage;

namespace EReferrals.Processing;

/// <summary>
/// Makes a referral out of an accepted submission: 1 claim the key, 2 decide, 3 save, 4 announce. A stop anywhere repeats all of it, and
/// every step finds what it did before: the claim, the saved first version, and worklist changes that are known already.
/// </summary>
public sealed class SubmissionProcessing(
    ServiceDirectory services, IdempotencyTable keys, ReferralTable referrals, ReferralBus bus, TimeProvider clock)
{
    public async Task RunAsync(Submission submission, CancellationToken cancellation)
    {
        if (await FirstWithSameKeyAsync(submission, cancellation) is { } first)
        {
            await referrals.InsertAliasAsync(submission.Ubrn, first, cancellation);
            return;
        }

        var service = await services.FindAsync(submission.Service, cancellation);
        var decision = ReferralRules.Submit(submission, service, [], [], clock.GetUtcNow());
        var saved = await referrals.InsertAsync(decision, cancellation);
        // What was saved counts, not what was decided now: an earlier delivery may have met another directory.
        await bus.AnnounceAsync(WorklistRules.Changes(before: null, saved), submission.CorrelationId, cancellation);
    }

    // The same key and body accepted twice, while the key table was out of reach. A key used for two bodies then made two referrals, and
    // both were accepted: both are kept.
    private async Task<Ubrn?> FirstWithSameKeyAsync(Submission submission, CancellationToken cancellation)
    {
        if (submission.Idempotency is not { } key) return null;
        var claim = await keys.ClaimAsync(submission.Referrer.Organisation, key, submission.Ubrn, cancellation);
        return claim.Ubrn != submission.Ubrn && claim.BodyHash == key.BodyHash ? claim.Ubrn : null;
    }
}
