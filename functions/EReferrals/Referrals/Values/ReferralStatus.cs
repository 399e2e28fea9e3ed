namespace EReferrals.Referrals.Values;

/// <summary>CANCELLED only in the state CANCELLED_REFERRAL; COMPLETED once the patient has attended.</summary>
public enum ReferralStatus
{
    Active,
    Cancelled,
    Completed,
}
