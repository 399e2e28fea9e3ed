using EReferrals.Referrals;
using EReferrals.Storage;

namespace EReferrals.Lifecycle;

/// <summary>
/// Gives a referral to those who succeeded its organisations. It asks how things are and not what happened, so that it may run at any time and as often as
/// one likes. The change goes the way of every command: 1 promise, 2 commit, 3 announce.
/// </summary>
public sealed class HandingOver(ReferralTable referrals, ChangeReferral change, SuccessionRegister register, TimeProvider clock)
{
    private const int Tries = 10;

    /// <summary>The referral as it is now; null when there is none of this number.</summary>
    public async Task<Referral?> RunAsync(Ubrn ubrn, CancellationToken cancellation)
    {
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            if (await referrals.FindAsync(ubrn, cancellation) is not { } read) return null;
            var successions = await register.CurrentAsync(cancellation);
            // Somebody else may be faster, and then it is looked at anew.
            if (ReferralRules.HandOver(read.Referral, successions, clock.GetUtcNow()) is not { } moved) return read.Referral;
            if (await change.CommitAsync(read, moved, moved.Event.CorrelationId, cancellation)) return moved.After;
        }

        throw new TimeoutException($"Referral {ubrn} was changed by others all the while.");
    }
}
