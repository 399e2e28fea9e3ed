using EReferrals.Referrals.Organisations;

namespace EReferrals.Referrals;

/// <summary>That a provider opened a referral for the first time.</summary>
/// <param name="Role">PROVIDER_AUTHORISED_APPLICATION means its system, which may or may not have shown it to somebody.</param>
public sealed record FirstView(string Organisation, Role Role, DateTimeOffset At);
