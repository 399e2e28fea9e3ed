using EReferrals.Referrals.Organisations;

namespace EReferrals.Referrals.Retention;

/// <summary>Who changed a referral, without what the change said about the patient: it stays when the referral is deleted.</summary>
public sealed record PastChange(int Version, DateTimeOffset At, ReferralAction What, Actor By, string CorrelationId)
{
    public static PastChange From(ReferralEvent change) => new(change.Version, change.At, change.What, change.By, change.CorrelationId);
}
