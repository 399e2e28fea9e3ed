namespace EReferrals.Storage.Retention;

/// <summary>A submission arrived again after its referral had been deleted.</summary>
public sealed class ReferralGoneException(Exception cause) : Exception("The referral was deleted after it had been saved.", cause);
