namespace EReferrals.Security;

/// <summary>What a valid token says about who calls.</summary>
/// <param name="Roles"><c>ODS:ROLE</c> pairs as they stand in the token.</param>
/// <param name="OnBehalfOf">The clinicians an SPCA may act for, by user id.</param>
/// <param name="GoodUntil">The token's end of life, clock skew included.</param>
public sealed record Caller(
    string Subject, bool IsApplication, IReadOnlySet<string> Roles, IReadOnlySet<string> OnBehalfOf, DateTimeOffset GoodUntil);
