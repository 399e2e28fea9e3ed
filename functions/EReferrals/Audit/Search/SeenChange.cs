using EReferrals.Lifecycle;
using EReferrals.Referrals;
using EReferrals.Referrals.Retention;

namespace EReferrals.Audit.Search;

/// <summary>A change of the referral. Who made it sent or was shown the referral.</summary>
internal sealed record SeenChange(int Version, DateTimeOffset At, ReferralAction What, ActorView By, string CorrelationId)
{
    public static SeenChange From(PastChange change) => new(change.Version, change.At, change.What, ActorView.From(change.By), change.CorrelationId);
}
