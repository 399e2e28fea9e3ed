using EReferrals.Referrals.Organisations;

namespace EReferrals.Tests.Retention;

/// <summary>A practice and a hospital with one service, which no other test uses.</summary>
public sealed record RetentionPlace(Actor Practice, string Hospital, string Service);
