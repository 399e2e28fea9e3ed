using EReferrals.Referrals.Organisations;

namespace EReferrals.Referrals;

/// <summary>Records who first opened a referral at a provider, and when.</summary>
/// <param name="Role">PROVIDER_AUTHORISED_APPLICATION means that a system read the referral; a person may not have seen it yet.</param>
public sealed record FirstView(string Organisation, Role Role, DateTimeOffset At);
