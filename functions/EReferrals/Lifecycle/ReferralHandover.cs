using EReferrals.Referrals;
using EReferrals.Referrals.Values;
using EReferrals.Services;

namespace EReferrals.Lifecycle;

/// <summary>
/// Moves a referral to the successors of its organisations. It acts on the present state and not on an event, so it is idempotent and may run at any
/// time. The change takes the same steps as a command: 1 schedule a follow-up, 2 commit, 3 announce.
/// </summary>
public sealed class ReferralHandover(ChangeReferral change, SuccessionRegister register, TimeProvider clock)
{
    /// <summary>Returns the referral as it is now; null when no referral has this number.</summary>
    public Task<Referral?> HandOverAsync(Ubrn ubrn, CancellationToken cancellationToken) => change.RunForServiceAsync(
        ubrn, async referral => ReferralRules.HandOver(referral, await register.CurrentAsync(cancellationToken), clock.GetUtcNow()), cancellationToken);
}
