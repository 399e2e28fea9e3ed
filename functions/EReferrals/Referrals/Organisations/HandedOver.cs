namespace EReferrals.Referrals.Organisations;

/// <summary>The organisation that a referral was moved from, and its successor.</summary>
public sealed record HandedOver(string From, string To);
