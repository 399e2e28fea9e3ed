using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Retention;

namespace EReferrals.Lifecycle.Reading;

/// <summary>Decides what a caller learns about a number without a referral.</summary>
public sealed class MissingReferrals(GoneReferrals gone)
{
    /// <summary>
    /// 410 for the organisations of a referral that was deleted, also by a number that became part of it, 404 for all others; null when the number was
    /// never used.
    /// </summary>
    internal async Task<Problem?> FindAsync(Ubrn ubrn, Actor actor, CancellationToken cancellationToken)
    {
        if (await gone.FindFirstAsync(ubrn, cancellationToken) is not { } stone) return null;
        return stone.IsKnownTo(actor.Organisation) ? Problem.Deleted("This referral was deleted.") : ReferralProblems.Unknown;
    }
}
