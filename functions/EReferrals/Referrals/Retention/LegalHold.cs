namespace EReferrals.Referrals.Retention;

/// <summary>An order to keep a referral, whatever its age.</summary>
/// <param name="By">The user id of the operator.</param>
public sealed record LegalHold(string By, string Organisation, DateTimeOffset At, string Reason);
