using EReferrals.Referrals;
using EReferrals.Referrals.Values;
using EReferrals.Services;

namespace EReferrals.Lifecycle;

/// <summary>
/// Gives a referral to those who succeeded its organisations. It asks how things are and not what happened, so that it may run at any time and as often as
/// one likes. The change goes the way of every command: 1 promise, 2 commit, 3 announce.
/// </summary>
public sealed class HandingOver(ChangeReferral change, SuccessionRegister register, TimeProvider clock)
{
    /// <summary>The referral as it is now; null when there is none of this number.</summary>
    public Task<Referral?> HandOverAsync(Ubrn ubrn, CancellationToken cancellationToken) => change.RunForServiceAsync(
        ubrn, async referral => ReferralRules.HandOver(referral, await register.CurrentAsync(cancellationToken), clock.GetUtcNow()), cancellationToken);
}
